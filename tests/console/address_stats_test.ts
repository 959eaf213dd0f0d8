import { assertEquals } from "@std/assert";
import { addressStats } from "../../lib/console/address_stats.ts";
import { neighboursIn } from "../../lib/console/neighbours.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { record, store } from "../log/_records.ts";

const NOW = Date.UTC(2026, 0, 5, 12, 30);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const IP = "203.0.113.9";

Deno.test("address stats and neighbours without any time left tell of the latest minute, and that it is not all", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => NOW;
  const records = Array.from({ length: 120 }, (_, i) =>
    record({
      timestamp: NOW - MINUTE - i * MINUTE,
      ...{ ip_address: IP, path: "/shop" },
    }));
  await store(kv, now, records.reverse());
  const since = NOW - 24 * HOUR;
  const stats = await addressStats(
    kv,
    { ip: IP, since, until: NOW, budgetMs: 0 },
    now,
  );
  assertEquals(
    [stats.totals.requests, stats.sampled.requests, stats.sampled.isAll],
    [1, 1, false],
  );
  assertEquals(stats.top.paths, [{ name: "/shop", requests: 1 }]);
  const whole = { ip: IP, since, until: NOW, budgetMs: 60_000 };
  assertEquals((await addressStats(kv, whole, now)).totals.requests, 120);
  const network = parseCidr("203.0.113.0/24");
  const range = { from: since, to: NOW };
  const { count, isAll } = await neighboursIn(kv, network, range, now, 0);
  assertEquals([count, isAll], [1, false]);
});
