import { assertEquals } from "@std/assert";
import { assertRefused, taskBench } from "./_tasks.ts";

Deno.test("allow-ip: an entry of the safelist may end", async () => {
  await using bench = await taskBench();
  assertEquals(
    await bench.ok("allow-ip", "192.0.2.7", "--for", "24h"),
    "Put 192.0.2.7 on the safelist for 1d.\n",
  );
  const check = JSON.parse(await bench.ok("check-ip", "192.0.2.7", "--json"));
  const { created_at, expires_at } = check.entry;
  assertEquals([check.status, expires_at - created_at >= 86_399_000], [
    "safe",
    true,
  ]);
  assertRefused(
    await bench.run("allow-ip", ["192.0.2.8", "--for", "soon"]),
    2,
    "expected a whole number above zero and s, m, h, d or w",
  );
});

Deno.test("allow-ip: a name without an address is refused, and nothing is written", async () => {
  await using bench = await taskBench();
  assertRefused(
    await bench.run("allow-ip", ["nobody.invalid", "--for", "1h"]),
    1,
    "Cannot allow nobody.invalid: ",
  );
  assertRefused(
    await bench.run("allow-ip", ["nobody.invalid", "--remove"]),
    1,
    "Cannot remove nobody.invalid: it is not on the safelist",
  );
  assertRefused(await bench.run("allow-ip", ["192.0.2"]), 2, "expected");
});
