import { assertEquals } from "@std/assert";
import { answerField } from "../../lib/http/answer_fields.ts";

const NAMES = [
  "content-type",
  "content-length",
  "content-disposition",
  "x-a",
  "location",
];

const ANSWERS: Record<string, () => Response> = {
  "a text": () => new Response("text"),
  "a text of a status": () => new Response("text", { status: 404 }),
  "an empty text": () => new Response(""),
  "nothing": () => new Response(null, { status: 204 }),
  "bytes": () => new Response(new Uint8Array(3)),
  "a blob": () => new Response(new Blob(["a"], { type: "a/b" })),
  "a form": () => new Response(new URLSearchParams({ a: "b" })),
  "JSON": () => Response.json({ a: 1 }),
  "JSON of a status": () => Response.json({ a: 1 }, { status: 201 }),
  "a redirect": () => Response.redirect("http://localhost/"),
  "a stream": () => new Response(new ReadableStream()),
  "a type": () =>
    new Response("<p>", { headers: { "CONTENT-TYPE": "text/html" } }),
  "fields that stand twice": () =>
    new Response("a", { headers: [["X-A", "1"], ["x-a", "2"]] }),
  "fields of an object": () =>
    new Response("a", { headers: new Headers({ "Content-Length": "1" }) }),
  "a download": () =>
    new Response("a", {
      headers: { "content-disposition": "attachment", "x-a": "" },
    }),
  "an answer to an answer": () => new Response("a", Response.json({})),
  "fields that were changed": () => {
    const response = new Response("a");
    response.headers.set("content-type", "b/c");
    response.headers.append("x-a", "1");
    return response;
  },
  "fields that were taken away": () => {
    const response = Response.json({});
    response.headers.delete("content-type");
    return response;
  },
  "a copy": () => Response.json({}).clone(),
};

Deno.test("answerField() reads what Headers read", () => {
  for (const [what, made] of Object.entries(ANSWERS)) {
    for (const name of NAMES) {
      const expected = made().headers.get(name);
      assertEquals(answerField(made(), name), expected, `${what}: ${name}`);
    }
  }
});

Deno.test("answerField() reads what was changed after it had read", () => {
  for (const [what, made] of Object.entries(ANSWERS)) {
    const response = made();
    answerField(response, "x-a");
    if (what === "a redirect") continue;
    response.headers.set("x-a", "later");
    response.headers.delete("content-type");
    assertEquals(answerField(response, "x-a"), "later", what);
    assertEquals(answerField(response, "content-type"), null, what);
  }
});

Deno.test("answerField() leaves an answer as it was", async () => {
  for (const what of ["a text", "JSON", "a type", "a download"]) {
    const response = ANSWERS[what]!();
    for (const name of NAMES) answerField(response, name);
    assertEquals(response.bodyUsed, false, what);
    assertEquals(await response.text(), await ANSWERS[what]!().text(), what);
  }
});
