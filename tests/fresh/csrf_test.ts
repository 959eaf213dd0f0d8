import { assertEquals } from "@std/assert";
import { App, csrf, type CsrfOptions } from "fresh";
import { send } from "./_helpers.ts";

/** The status of a request with these headers. */
async function status(
  headers: Record<string, string>,
  options?: CsrfOptions,
  method = "POST",
): Promise<number> {
  const app = new App().use(csrf(options)).all("/", () => new Response());
  return (await send(app, "/", { method, headers })).status;
}

Deno.test("csrf(): other methods are judged by Sec-Fetch-Site and Origin", async () => {
  const own = "http://localhost";
  const table: [Record<string, string>, number][] = [
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "junk" }, 403],
    [{ "sec-fetch-site": "cross-site", origin: own }, 200],
    [{ "sec-fetch-site": "same-site", origin: "http://sub.localhost" }, 403],
    [{ origin: own }, 200],
    [{ origin: "https://localhost" }, 403],
    [{ origin: "http://localhost:1" }, 403],
    [{ origin: "http://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{}, 200],
  ];
  for (const [headers, expected] of table) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      assertEquals(
        await status(headers, {}, method),
        expected,
        JSON.stringify(headers),
      );
    }
  }
});

Deno.test("csrf(): origin is a string, a list or a function", async () => {
  const headers = { origin: "https://a.example" };
  assertEquals(await status(headers, { origin: "https://a.example" }), 200);
  assertEquals(await status(headers, { origin: "https://b.example" }), 403);
  assertEquals(
    await status(headers, { origin: ["https://b", "https://a.example"] }),
    200,
  );
  let seen = "";
  assertEquals(
    await status(headers, {
      origin(origin, ctx) {
        seen = `${origin} ${ctx.url.pathname}`;
        return true;
      },
    }),
    200,
  );
  assertEquals(seen, "https://a.example /");
  // A custom list replaces the default.
  const own = { origin: "http://localhost" };
  assertEquals(await status(own, { origin: "https://a.example" }), 403);
});
