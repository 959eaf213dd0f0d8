import { assertEquals } from "@std/assert";
import { FuzzConnection } from "./connection.ts";

Deno.test("FuzzConnection: an answer counts where the server hung up before it had taken the request", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const conn = await listener.accept();
    await conn.read(new Uint8Array(64));
    const answer = "HTTP/1.1 431 x\r\ncontent-length: 0\r\n\r\n";
    await conn.write(new TextEncoder().encode(answer));
    // With unread data, the system resets the connection.
    conn.close();
  })();
  const { port } = listener.addr as Deno.NetAddr;
  const connection = await FuzzConnection.open(`http://127.0.0.1:${port}`);
  const wire = `PATCH /metrics HTTP/1.1\r\nX-Big: ${
    "b".repeat(16 * 2 ** 20)
  }\r\n\r\n`;
  const { status, isReusable } = await connection.exchange({
    wire,
    isWhole: true,
    isHead: false,
  });
  assertEquals([status, isReusable], [431, false]);
  connection.close();
  await serving;
});
