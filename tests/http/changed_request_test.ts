import { assertEquals } from "@std/assert";
import { changedRequest } from "../../lib/http/changed_request.ts";

/** The output of a server in its own process that serves one request, changed. */
async function servedOnce(method: string, body: string | null) {
  const code = `
    import { changedRequest } from ${
    JSON.stringify(
      new URL("../../lib/http/changed_request.ts", import.meta.url).href,
    )
  };
    const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
      const changed = changedRequest(request, { url: "http://h/other?x" });
      return new Response([changed.method, changed.url, changed.headers.get("x-a"), await changed.text()].join(" "));
    });
    const response = await fetch("http://127.0.0.1:" + server.addr.port, {
      method: ${JSON.stringify(method)},
      headers: { "x-a": "1" },
      body: ${JSON.stringify(body)},
    });
    console.log(await response.text());
    await server.shutdown();`;
  const { stdout, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "-A",
      "--quiet",
      `data:text/typescript,${encodeURIComponent(code)}`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return [text(stdout).trimEnd(), text(stderr)];
}

Deno.test("changedRequest() changes the URL, keeps the rest, and has Deno warn of nothing", async () => {
  assertEquals(await servedOnce("POST", "text"), [
    "POST http://h/other?x 1 text",
    "",
  ]);
  assertEquals(await servedOnce("GET", null), ["GET http://h/other?x 1", ""]);
  assertEquals(await servedOnce("PROPFIND", "text"), [
    "PROPFIND http://h/other?x 1 text",
    "",
  ]);
});

Deno.test("changedRequest() keeps methods that a new request would change or refuse", () => {
  for (const method of ["get", "TRACE", "post", "FOO"]) {
    const request = Object.defineProperty(
      new Request("http://h/a", { method: "POST", body: "x" }),
      "method",
      { value: method },
    );
    const changed = changedRequest(request, {});
    assertEquals([changed.method, changed.url], [method, "http://h/a"]);
  }
});
