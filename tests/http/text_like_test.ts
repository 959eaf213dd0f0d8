import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { textsLike } from "../../lib/http/text_like.ts";

const INIT: { status: number; headers: [string, string][] } = {
  status: 403,
  headers: [["content-type", "text/html; charset=utf-8"], ["a", "b"]],
};
// The module tests its access by symbol first, which takes a turn.
await new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("textsLike() makes each text's answer, whichever is read first", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 8 }),
      async (texts) => {
        const textLike = textsLike(INIT);
        const answers = texts.map((text) => ({ text, got: textLike(text) }));
        for (const { text, got } of answers.toReversed()) {
          assertEquals(got.status, 403);
          assertEquals(got.headers.get("a"), "b");
          assertEquals(await got.text(), text);
        }
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("textsLike() keeps a field that was set on one answer out of the next", () => {
  const textLike = textsLike(INIT);
  textLike("one").headers.set("a", "c");
  assertEquals(textLike("two").headers.get("a"), "b");
});

Deno.test("textsLike() makes answers that can be cloned, and read as streams and bytes", async () => {
  const textLike = textsLike(INIT);
  textLike("one");
  const answer = textLike("two");
  const copy = answer.clone();
  assertEquals(await answer.text(), "two");
  assertEquals(await copy.text(), "two");
  assertEquals(await textLike("six").bytes(), new TextEncoder().encode("six"));
  const streamed = await Array.fromAsync(textLike("ten").body!);
  assertEquals(streamed, [new TextEncoder().encode("ten")]);
  assert(!textLike("two").bodyUsed);
});

Deno.test("textsLike() has a server send each its own text", async () => {
  const textLike = textsLike(INIT);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => textLike(new URL(request.url).pathname),
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const paths = Array.from({ length: 20 }, (_, i) => `/${i + 10}`);
  const sent = await Promise.all(
    paths.map(async (path) => {
      const response = await fetch(`${origin}${path}`);
      assertEquals(response.status, 403);
      assertEquals(response.headers.get("a"), "b");
      return await response.text();
    }),
  );
  assertEquals(sent, paths);
});
