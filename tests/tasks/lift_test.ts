import { assertEquals, assertStringIncludes } from "@std/assert";
import { createThrottle } from "../../lib/limits/throttle.ts";
import { assertRefused, taskBench } from "./_tasks.ts";

Deno.test("lift: takes back what stands against an address, and says so", async () => {
  await using bench = await taskBench();
  {
    using kv = await Deno.openKv(bench.kvPath);
    const throttle = createThrottle({ kv, now: Date.now, name: "signup" });
    for (let n = 0; n < 5; n++) {
      await throttle.take("203.0.113.9", { limit: 5, windowMs: 3_600_000 });
    }
  }
  assertRefused(
    await bench.run("lift", ["192.0.2.1"]),
    1,
    "expected something to lift",
  );
  assertRefused(await bench.run("lift", ["nobody"]), 1, "expected an address");
  assertRefused(await bench.run("lift", []), 2, "Got 0 arguments");
  assertStringIncludes(
    await bench.ok("lift", "203.0.113.0/24"),
    "Lifted limit signup of 203.0.113.9: 5 in 1h",
  );
  assertEquals((await bench.run("lift", ["203.0.113.9"])).code, 1);
});

Deno.test("lift: takes back a limit by its own name, or by its rule's, as records show it", async () => {
  await using bench = await taskBench();
  for (const name of ["login", "login-anonymous"]) {
    {
      using kv = await Deno.openKv(bench.kvPath);
      const throttle = createThrottle({ kv, now: Date.now, name: "login" });
      for (let n = 0; n < 5; n++) {
        await throttle.take("203.0.113.9", { limit: 5, windowMs: 60_000 });
      }
    }
    assertRefused(await bench.run("lift", ["login-authenticated"]), 1, "lift");
    assertStringIncludes(
      await bench.ok("lift", name),
      "Lifted limit login of 203.0.113.9: 5 in 1m",
    );
  }
});
