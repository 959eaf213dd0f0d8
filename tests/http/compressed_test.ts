import { assert, assertEquals } from "@std/assert";
import { compressed } from "../../lib/http/compressed.ts";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

const LONG = "text that repeats itself, ".repeat(200);

function ask(accepts: string | null, init: RequestInit = {}): Request {
  const headers: Record<string, string> = accepts === null
    ? {}
    : { "accept-encoding": accepts };
  return new Request("http://example.org/", { headers, ...init });
}

function answer(
  body: BodyInit | null,
  headers: Record<string, string> = {},
  status = 200,
): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/html; charset=utf-8", ...headers },
  });
}

async function textOf(response: Response): Promise<string> {
  const bytes = await response.bytes();
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync }[
    response.headers.get("content-encoding") ?? ""
  ];
  return new TextDecoder().decode(unpack ? unpack(bytes) : bytes);
}

function stream(...pieces: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
}

Deno.test("compressed(): a text of 1 KiB is, whole or as a stream, and stays what it was", async () => {
  for (const accepts of ["br", "gzip", "gzip, deflate, br"]) {
    for (
      const [body, text] of [
        ["x".repeat(1_024), "x".repeat(1_024)],
        [LONG, LONG],
        [stream(LONG), LONG],
        [stream("a", LONG, "b"), `a${LONG}b`],
        [LONG.repeat(100), LONG.repeat(100)],
      ] as const
    ) {
      const response = await compressed(
        ask(accepts),
        answer(body, { etag: '"1"', vary: "Origin" }),
      );
      const { headers } = response;
      assertEquals(
        headers.get("content-encoding"),
        accepts === "gzip" ? "gzip" : "br",
      );
      assertEquals(headers.get("vary"), "Origin, Accept-Encoding");
      assertEquals(headers.get("etag"), 'W/"1"');
      assertEquals(await textOf(response), text);
    }
  }
});

Deno.test("compressed(): leaves alone what is short, no text, packed, a part, or not to be changed", async () => {
  for (
    const [request, response] of [
      [ask(null), answer(LONG)],
      [ask("identity"), answer(LONG)],
      [ask("br;q=0, gzip;q=0"), answer(LONG)],
      [ask("br"), answer("x".repeat(1_023))],
      [ask("br"), answer(stream("short"))],
      [ask("br"), answer(stream())],
      [ask("br"), answer(null)],
      [ask("br"), answer(null, {}, 304)],
      [ask("br"), answer(LONG, {}, 206)],
      [ask("br"), answer(LONG, { "content-type": "image/png" })],
      [ask("br"), answer(LONG, { "content-type": "text/event-stream" })],
      [ask("br"), answer(LONG, { "content-encoding": "gzip" })],
      [ask("br"), answer(LONG, { "cache-control": "no-store, no-transform" })],
      [ask("br", { method: "HEAD" }), answer(LONG)],
    ] as const
  ) {
    const before = response.headers.get("content-encoding");
    const expected = await response.clone().text();
    const after = await compressed(request, response);
    assertEquals(after.headers.get("content-encoding"), before);
    assertEquals(after.status, response.status);
    assertEquals(await after.text(), expected);
  }
});

Deno.test("compressed(): who hangs up ends what is streamed", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4_096)),
    cancel: () => void (cancelled = true),
  });
  const response = await compressed(ask("gzip"), answer(endless));
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  for (let n = 0; n < 20 && !cancelled; n++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert(cancelled);
});
