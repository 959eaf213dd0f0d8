import { assertEquals } from "@std/assert";
import { detectRange, runDetection } from "../../lib/detection/job.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import { safelisted } from "../../lib/detection/safelisted.ts";
import { allowIp } from "../../lib/lists/access_store.ts";
import { HOUR_START, sourceOf, THE_HOUR, times } from "./records.ts";

const order = { reason: "ours", created_by: "test" };

Deno.test("nothing is found about a safelisted address, which is only counted", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => THE_HOUR.to;
  await allowIp(kv, now, { ip: "203.0.113.0/24", ...order });
  const options = {
    kv,
    now,
    source: sourceOf([
      ...times(200, { ip_address: "203.0.113.9", path: "/.env", status: 404 }),
      ...times(200, { ip_address: "198.51.100.7" }),
    ]),
    rules: allRules({ threshold: 100, sensitivePaths: ["/admin"] }),
  };
  for (
    const result of [
      await runDetection({ ...options, at: THE_HOUR.to, dryRun: true }),
      await runDetection({ ...options, at: THE_HOUR.to }),
      await detectRange(options, { from: HOUR_START, to: THE_HOUR.to }),
    ]
  ) {
    assertEquals(result.safelisted, 1);
    const found = new Set(result.findings.map(({ ip_address }) => ip_address));
    assertEquals([...found], ["198.51.100.7"]);
  }
});

Deno.test("safelisted() knows addresses and ranges of both families, while they live", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => 1_000;
  await allowIp(kv, now, { ip: "192.0.2.7", ...order });
  await allowIp(kv, now, { ip: "2001:db8::/48", ...order });
  await allowIp(kv, now, {
    ip: "198.51.100.0/24",
    expires_at: 2_000,
    ...order,
  });
  const isSafe = await safelisted(kv, 1_000);
  for (const ip of ["192.0.2.7", "2001:db8::1", "198.51.100.200"]) {
    assertEquals(isSafe(ip), true, ip);
  }
  for (const ip of ["192.0.2.8", "2001:db9::1", "*", "", "192.0.2.0/24"]) {
    assertEquals(isSafe(ip), false, ip);
  }
  assertEquals((await safelisted(kv, 3_000))("198.51.100.200"), false);
});
