import { Refusal } from "../../lib/base/refusal.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { allowIp } from "../../lib/lists/access_store.ts";
import { measureImpact } from "../../lib/log/impact.ts";
import { impactLines, impactSentence } from "../../lib/console/impact_text.ts";
import { openAddressStorage } from "../../lib/privacy/address_storage.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { withFaults } from "../_fake_kv.ts";
import { record, store } from "./_records.ts";

const NOW = Date.UTC(2026, 0, 8, 12);
const DAY = 86_400_000;
const now = () => NOW;

async function open(records: Parameters<typeof record>[0][]) {
  const kv = await Deno.openKv(":memory:");
  await store(
    kv,
    now,
    records.map((r) => record({ timestamp: NOW - 1_000, ...r }))
      .sort((a, b) => a.timestamp - b.timestamp),
  );
  return kv;
}

Deno.test("measureImpact() counts requests, addresses and signed-in users of the last 7 days", async () => {
  using kv = await open([
    { path: "/a" },
    { path: "/a", username: "bob", timestamp: NOW - 3 * DAY },
    { path: "/b", username: "ann", ip_address: "203.0.113.10" },
    { path: "/b", username: "ann", ip_address: "203.0.114.1" },
    { path: "/old", username: "eve", timestamp: NOW - 7 * DAY - 1 },
    { path: "/six", ip_address: "2001:db8::1" },
  ]);
  const impact = await measureImpact(kv, now, "203.0.113.77/24", {
    from: "203.0.113.200",
  });
  assertEquals(impact, {
    ip_address: "203.0.113.0/24",
    requests: 3,
    addresses: 2,
    user_count: 2,
    crawlers: [],
    users: ["ann", "bob"],
    last_seen_at: NOW - 1_000,
    top_paths: [{ path: "/a", requests: 2 }, { path: "/b", requests: 1 }],
    includes_you: true,
    at_least: false,
    note: null,
    refusal:
      "Cannot block 203.0.113.0/24 without force: it would lock you out, your address is 203.0.113.200",
  });
  assertEquals(
    impactSentence(impact),
    "In the last 7 days: 3 requests from 2 addresses, 2 signed-in users (ann, bob), includes you.",
  );
});

Deno.test("measureImpact() names a trusted proxy and a safelisted range before they are hit", async () => {
  using kv = await open([]);
  await allowIp(kv, now, { ip: "198.51.100.0/28", created_by: "ann" });
  const options = { trustedProxies: [parseCidr("10.0.0.0/8")] };
  const refusal = async (ip: string) =>
    (await measureImpact(kv, now, ip, options)).refusal ?? "";
  assert((await refusal("10.1.2.3")).includes("trusted proxy 10.0.0.0/8"));
  assert((await refusal("198.51.100.0/24")).includes("198.51.100.0/28"));
  assertEquals(await refusal("203.0.113.9"), "");
});

Deno.test("measureImpact() stops at its bound and says that there is more", async () => {
  using kv = await open(Array.from({ length: 3_000 }, () => ({})));
  const impact = await measureImpact(kv, now, "203.0.113.9", {
    maxRequests: 100,
  });
  assert(impact.at_least && impact.requests >= 100);
  assert(impactSentence(impact).includes("at least"));
});

Deno.test("measureImpact() ends in time where the log hangs", async () => {
  using kv = await open([]);
  const stuck = withFaults(kv, {
    list: (selector: Deno.KvListSelector) =>
      JSON.stringify(selector).includes("request_log")
        ? {
          [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
        }
        : kv.list(selector),
  });
  const impact = await measureImpact(stuck, now, "203.0.113.9", {
    patienceMs: 50,
  });
  assertEquals([impact.at_least, impact.requests], [true, 0]);
  assertEquals(
    impactSentence(impact),
    "In the last 7 days: no request in the part of the log that was read.",
  );
});

Deno.test("measureImpact() finds addresses that are logged truncated or hashed, and says so", async () => {
  for (const privacy of ["truncated", "hashed"] as const) {
    using kv = await Deno.openKv(":memory:");
    const addresses = await openAddressStorage(kv, privacy, now);
    const { stored } = addresses;
    await store(kv, now, [
      record({ timestamp: NOW - 1, ip_address: stored("203.0.113.9") }),
    ]);
    const one = await measureImpact(kv, now, "203.0.113.9", { addresses });
    assertEquals(one.requests, 1, privacy);
    assertEquals(one.note === null, privacy === "hashed");
    const all = await measureImpact(kv, now, "203.0.113.0/24", {
      addresses,
    });
    assertEquals(all.note === null, privacy === "truncated");
  }
});

Deno.test("measureImpact() refuses what is no address", async () => {
  using kv = await Deno.openKv(":memory:");
  await assertRejects(() => measureImpact(kv, now, "203.0.113"), Refusal);
});

Deno.test("impactLines() is quiet about an address that was never seen", async () => {
  using kv = await Deno.openKv(":memory:");
  assertEquals(impactLines(await measureImpact(kv, now, "203.0.113.9")), [
    "In the last 7 days: no request.",
  ]);
});
