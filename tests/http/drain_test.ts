import { assertEquals } from "@std/assert";
import { drainable } from "../../lib/http/drain.ts";

const INFO = {
  remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  completed: Promise.resolve(),
} as Deno.ServeHandlerInfo<Deno.NetAddr>;

Deno.test("drainable() says Connection: close from drain() on, also on responses that cannot be changed", async () => {
  const { handler, drain } = drainable((request) =>
    request.url.endsWith("/away")
      ? Response.redirect("http://localhost/", 303)
      : new Response("here", { status: 201, headers: { "x-a": "b" } })
  );
  const ask = async (path: string) => {
    const response = await handler(
      new Request(`http://localhost${path}`),
      INFO,
    );
    const { status, headers } = response;
    const close = headers.get("connection");
    const kept = headers.get("x-a") ?? headers.get("location");
    return [status, close, kept, await response.text()];
  };
  assertEquals(await ask("/"), [201, null, "b", "here"]);
  const asked: unknown[] = [];
  await drain(async () => {
    asked.push(await ask("/"), await ask("/away"));
  });
  assertEquals(asked, [
    [201, "close", "b", "here"],
    [303, "close", "http://localhost/", ""],
  ]);
});

Deno.test("drainable() lets connections speak once more before it closes", async () => {
  const { handler, drain } = drainable(() => new Response("ok"));
  const order: string[] = [];
  const drained = drain(() => {
    order.push("closed");
    return Promise.resolve();
  });
  const last = await handler(new Request("http://localhost/"), INFO);
  order.push(await last.text());
  await drained;
  assertEquals(order, ["ok", "closed"]);
});
