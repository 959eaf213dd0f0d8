import { assertEquals } from "@std/assert";
import { createProxy } from "../../lib/proxy/handler.ts";

const INFO = {
  remoteAddr: { transport: "tcp" as const, hostname: "192.0.2.1", port: 1 },
  completed: Promise.resolve(),
  visitor: { ip: "192.0.2.1", username: null, outcome: "allowed" as const },
};

Deno.test("createProxy: refuses an upstream that is none", () => {
  for (
    const upstream of ["app:3000", "ftp://a", "http://u:p@a", "http://a?x"]
  ) {
    let refused = false;
    try {
      createProxy({ upstream });
    } catch (error) {
      refused = error instanceof TypeError;
    }
    assertEquals(refused, true, upstream);
  }
});

Deno.test("createProxy: passes a request on and the answer back; a body that is not shown is refused", async () => {
  const seen: string[] = [];
  await using app = Deno.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    onListen() {},
  }, async (request) => {
    const { method, url, headers } = request;
    const from = headers.get("x-forwarded-for");
    seen.push(`${method} ${url.replace(/^.*?:\d+/, "")} ${from}`);
    return new Response(await request.text(), {
      status: 203,
      headers: { "x-one": "1" },
    });
  });
  const proxy = createProxy({
    upstream: `http://127.0.0.1:${app.addr.port}/base`,
  });
  const ask = (path: string, init?: RequestInit) =>
    proxy(new Request(`http://example.org${path}`, init), INFO);

  const echoed = await ask("/a%2f?b", { method: "POST", body: "hello" });
  assertEquals([echoed.status, echoed.headers.get("x-one")], [203, "1"]);
  assertEquals(await echoed.text(), "hello");
  const hidden = await ask("/x", { headers: { "content-length": "27" } });
  assertEquals(hidden.status, 400);
  await hidden.body?.cancel();
  assertEquals(seen, ["POST /base/a%2f?b 192.0.2.1"]);
  proxy.close();
});
