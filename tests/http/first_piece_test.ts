import { assertEquals } from "@std/assert";
import { firstPiece } from "../../lib/http/first_piece.ts";

const FORM = "application/x-www-form-urlencoded";

/** A request with a stated length, and its body in these pieces. */
function request(
  pieces: string[],
  headers: Record<string, string> = {},
): Request {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  const length = bytes.reduce((sum, { length }) => sum + length, 0);
  return new Request("http://localhost/", {
    method: "POST",
    headers: {
      "content-type": FORM,
      "content-length": String(length),
      ...headers,
    },
    body: ReadableStream.from(bytes),
  });
}

Deno.test("firstPiece() reads what came in one piece, and leaves it to whoever goes on", async () => {
  const piece = await firstPiece(request(["q=1&ü=2"]));
  assertEquals(piece?.seen, { text: "q=1&ü=2", type: FORM });
  assertEquals(await piece?.request.text(), "q=1&ü=2");
});

Deno.test("firstPiece() does not wait for a second piece", async () => {
  const piece = await firstPiece(request(["q=1", "&b=2"]));
  assertEquals(piece?.seen, null);
  assertEquals(await piece?.request.text(), "q=1&b=2");
});

Deno.test("firstPiece() gives up on a body that does not come, and loses none of it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* late() {
    await promise;
    yield new TextEncoder().encode("q=1");
  }
  const slow = new Request("http://localhost/", {
    method: "POST",
    headers: { "content-type": FORM, "content-length": "3" },
    body: ReadableStream.from(late()),
  });
  const piece = await firstPiece(slow);
  assertEquals(piece?.seen, null);
  resolve();
  assertEquals(await piece?.request.text(), "q=1");
});

const LEFT_ALONE: Record<string, Record<string, string>> = {
  "a picture": { "content-type": "image/png" },
  "what is packed": { "content-encoding": "gzip" },
  "what waits to be asked for": { "expect": "100-continue" },
  "what is longer": { "content-length": "65537" },
};
for (const [what, headers] of Object.entries(LEFT_ALONE)) {
  Deno.test(`firstPiece() leaves ${what} alone`, async () => {
    const sent = request(["q=1"], headers);
    assertEquals(firstPiece(sent), null);
    assertEquals(await sent.text(), "q=1");
  });
}
