import { assert, assertEquals } from "@std/assert";
import { eraseAddress } from "../../lib/log/erase.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { requestStats } from "../../lib/console/stats.ts";
import { record, store } from "./_records.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 5, 12);
const IP = "203.0.113.9";
const PERSON = {
  ip_address: IP,
  city: "Smallville",
  user_agent: "Mine/1.0",
  referrer: "https://me.example/",
  username: "ann",
};

Deno.test("eraseAddress(): what is stored leads to the address no more, and counts as before", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => NOW;
  await store(kv, now, [
    ...Array.from(
      { length: 40 },
      (_, i) =>
        record({
          ...PERSON,
          timestamp: NOW - HOUR - i * 60_000,
          path: "/mine",
        }),
    ),
    ...Array.from({ length: 40 }, (_, i) =>
      record({
        timestamp: NOW - HOUR - i * 60_000 + 1,
        ip_address: "203.0.113.10",
        user_agent: "Theirs/1.0",
        username: "bob",
      })),
  ]);
  await rollUp({ kv, now });
  const stats = () =>
    requestStats(kv, {
      since: NOW - 4 * HOUR,
      until: NOW,
      by: "hour",
      top: 10,
    }, now);
  const before = await stats();
  assert(before.top.addresses.some(({ name }) => name === IP));

  assertEquals(await eraseAddress(kv, now, IP), { requests: 40, left: 0 });
  await rollUp({ kv, now });
  const after = await stats();
  assertEquals(after.totals, before.totals);
  assertEquals(
    after.top.addresses.map(({ name }) => name).toSorted(),
    ["203.0.113.0", "203.0.113.10"],
  );
  const { items } = await pageRequests(kv, { limit: 200 }, now);
  assertEquals(items.length, 80);
  for (const item of items) {
    if (item.ip_address !== "203.0.113.0") assertEquals(item.username, "bob");
    else {
      const { city, user_agent, referrer, username } = item;
      assertEquals({ city, user_agent, referrer, username }, {
        city: null,
        user_agent: null,
        referrer: null,
        username: null,
      });
    }
  }
  // Not merely unreachable: gone from the store.
  for await (const { key, value } of kv.list({ prefix: [] })) {
    const text = JSON.stringify([key, value]);
    for (const trace of [IP, "Smallville", "Mine/1.0", "me.example", "ann"]) {
      assert(!text.includes(`"${trace}`), `${trace} in ${text.slice(0, 300)}`);
    }
  }
  assertEquals(await eraseAddress(kv, now, IP), { requests: 0, left: 0 });
});

Deno.test("eraseAddress(): blocks that may still grow are left, and said to be", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => NOW;
  await store(kv, now, [
    record({ ...PERSON, timestamp: NOW - 1_000 }),
    record({ ...PERSON, timestamp: NOW - HOUR }),
  ]);
  assertEquals(await eraseAddress(kv, now, IP), { requests: 1, left: 1 });
  assertEquals(
    await eraseAddress(kv, () => NOW + 300_000, IP),
    { requests: 1, left: 0 },
  );
});
