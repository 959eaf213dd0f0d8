import { assertEquals } from "@std/assert";
import { isStreamed } from "../../lib/http/streamed.ts";

const stream = () => new ReadableStream<Uint8Array>();

Deno.test("isStreamed() tells what is made while it is sent from what is there", () => {
  const table: [string, Response, boolean][] = [
    ["a text", new Response("text"), false],
    ["nothing", new Response(null, { status: 204 }), false],
    ["bytes", new Response(new Uint8Array(3)), false],
    ["a form", new Response(new URLSearchParams({ a: "b" })), false],
    ["JSON", Response.json({ a: 1 }), false],
    ["a redirect", Response.redirect("http://localhost/"), false],
    ["a stream", new Response(stream()), true],
    [
      "a text stream",
      new Response(stream(), {
        headers: { "content-type": "text/plain" },
      }),
      true,
    ],
    ["a copy of a stream", new Response(new Response(stream()).body), true],
  ];
  for (const [what, response, expected] of table) {
    assertEquals(isStreamed(response), expected, what);
  }
});

Deno.test("isStreamed() leaves the body to whoever sends it", async () => {
  const response = new Response("text");
  isStreamed(response);
  assertEquals(response.bodyUsed, false);
  assertEquals(await response.text(), "text");
});
