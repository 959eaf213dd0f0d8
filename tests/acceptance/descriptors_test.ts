import { assert, assertEquals } from "@std/assert";
import { startServer } from "../_server.ts";
import { isInstalled } from "./_upstream.ts";

Deno.test({
  name:
    "With 256 descriptors and 1,000 idle connections others are served within two seconds, and the log says what happened",
  ignore: !await isInstalled("curl"),
  async fn() {
    await using server = await startServer({
      maxFiles: 256,
      env: { GEO_PROVIDER: "off" },
    });
    const { port } = new URL(server.origin);
    const idle: Deno.Conn[] = [];
    for (let i = 0; i < 1_000; i++) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: +port })
        .catch(() => null);
      if (conn) idle.push(conn);
    }
    // From another address of the loopback network.
    const { success, stdout } = await new Deno.Command("curl", {
      args: [
        ...["-s", "--interface", "127.0.0.2", "--max-time", "2"],
        ...["--retry", "3", "--retry-all-errors", "--retry-delay", "0"],
        `${server.origin}/healthz`,
      ],
    }).output();
    assert(success, server.errors());
    assertEquals(
      new TextDecoder().decode(stdout).replace(/\s/g, ""),
      '{"status":"ok"}',
    );
    assert(server.errors().includes("sys_accept_fail"), server.errors());
    for (const conn of idle) conn.close();
    const home = await fetch(server.origin);
    assertEquals(home.status, 200);
    await home.body?.cancel();
    assertEquals((await server.stop()).code, 0);
  },
});
