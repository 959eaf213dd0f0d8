import { assert, assertEquals } from "@std/assert";
import { loadAt } from "../../bench/load.ts";

Deno.test({
  name: "bench: at a constant rate, whoever is due during a pause has waited",
  ignore: Deno.build.os !== "linux",
  async fn() {
    let asked = 0;
    await using server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
    }, () => {
      // The event loop is blocked for 150 ms after the warm-up.
      if (++asked === 500) {
        const end = performance.now() + 150;
        while (performance.now() < end);
      }
      return new Response("Hello");
    });
    const { p99, max } = await loadAt(
      1_000,
      `http://127.0.0.1:${server.addr.port}/`,
      { connections: 4, seconds: 0.4 },
    );
    // The warm-up is as long as the measurement.
    assertEquals(asked, 800);
    // Each connection waits once; but a quarter of the requests were due meanwhile.
    assert(p99 > 100, `p99 ${p99}`);
    assert(max < 5_000, `max ${max}`);
  },
});
