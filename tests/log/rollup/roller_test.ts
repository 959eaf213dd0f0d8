import { onCommit } from "../../_fake_kv.ts";
import { assert, assertEquals } from "@std/assert";
import { rollUp } from "../../../lib/log/rollup/roller.ts";
import type { Rollup } from "../../../lib/log/rollup/rollup.ts";
import { BulkWriter } from "../../../lib/log/bulk_writer.ts";
import { keys } from "../../../lib/store/keys.ts";
import { requestStats } from "../../../lib/console/stats.ts";
import { DAY, HOUR, MINUTE, record, RETENTION, START, write } from "./_log.ts";
import { naiveStats } from "./_naive.ts";

async function rowsOf(kv: Deno.Kv, prefix: string): Promise<Deno.KvKey[]> {
  return (await Array.fromAsync(kv.list({ prefix: [prefix] })))
    .map(({ key }) => key);
}

/** A store that runs a callback before its commit number `n`, from 0. */
function before(kv: Deno.Kv, n: number, act: () => Promise<void>): Deno.Kv {
  return onCommit(kv, (commit) => commit === n + 1 ? act() : undefined);
}

function assertRight(
  kv: Deno.Kv,
  now: () => number,
  asked = { since: START, until: START + 2 * DAY, by: "hour" as const, top: 5 },
) {
  return Promise.all([requestStats(kv, asked, now), naiveStats(kv, asked, now)])
    .then(([stats, naive]) => assertEquals(stats, naive));
}

Deno.test("roller: an hour that runs is counted as far as it has come, one that is over to its end, a day too", async () => {
  using kv = await Deno.openKv(":memory:");
  let time = START + 10 * MINUTE;
  const now = () => time;
  const many = Array.from({ length: 60 }, () => record());
  await write(kv, [...many, record({ timestamp: time })], now);
  assertEquals((await rollUp({ kv, now })).hours, 1);
  const key = keys.rollup("hour", START);
  const open = (await kv.get<Rollup>(key)).value!;
  assertEquals(open.through, START + 9 * MINUTE);
  assertEquals(await rowsOf(kv, "whereabouts"), []);
  await assertRight(kv, now);

  time = START + HOUR + MINUTE;
  await rollUp({ kv, now });
  assertEquals((await kv.get<Rollup>(key)).value!.through, START + HOUR);
  assertEquals((await rowsOf(kv, "whereabouts")).length, 6);
  assertEquals(await rowsOf(kv, "rollup_mark"), []);
  await assertRight(kv, now);

  time = START + DAY + MINUTE;
  assertEquals(await rollUp({ kv, now }), { ran: true, hours: 0, days: 1 });
  assertEquals((await kv.get(keys.rollup("day", START))).value !== null, true);
  assertEquals(await rollUp({ kv, now }), { ran: true, hours: 0, days: 0 });
  await assertRight(kv, now);
});

Deno.test("roller: what is written while an hour is being counted is not lost", async () => {
  for (const timestamp of [START + MINUTE, START + 30 * MINUTE]) {
    for (let n = 0; n < 4; n++) {
      using kv = await Deno.openKv(":memory:");
      const now = () => START + DAY + HOUR;
      await write(kv, [record({ timestamp: START + MINUTE })], now);
      const late = record({ timestamp, path: "/late" });
      const racing = before(kv, n, () => write(kv, [late], now));
      await rollUp({ kv: racing, now });
      await assertRight(kv, now);
      await rollUp({ kv, now });
      await assertRight(kv, now);
      if ((await rowsOf(kv, "request_log")).length === 2) {
        assertEquals(await rowsOf(kv, "rollup_mark"), []);
      }
    }
  }
});

Deno.test("roller: killed at any commit, it leaves what the next run makes whole", async () => {
  const now = () => START + 2 * DAY;
  for (let dies = 0; dies < 12; dies++) {
    using kv = await Deno.openKv(":memory:");
    const some = [0, 5, 26].map((hour) =>
      record({ timestamp: START + hour * HOUR })
    );
    await write(kv, some, now);
    await rollUp({ kv, now });
    await write(kv, [record({ path: "/late" })], now);
    let isDead = false;
    const dying = before(kv, dies, () => {
      isDead = true;
      throw new Error("killed");
    });
    await rollUp({ kv: dying, now }).catch(() => {});
    await assertRight(kv, now);
    const later = () => now() + 2 * MINUTE;
    await rollUp({ kv, now: later });
    await assertRight(kv, later);
    assertEquals(await rowsOf(kv, "rollup_mark"), []);
    assertEquals(await rowsOf(kv, "rollup_stale_day"), []);
    if (dies < 3) assert(isDead);
  }
});

Deno.test("roller: an hour in which nothing more happens is counted to its end, too", async () => {
  using kv = await Deno.openKv(":memory:");
  let time = START + 10 * MINUTE;
  const now = () => time;
  await write(kv, [record()], now);
  await rollUp({ kv, now });
  time = START + HOUR + MINUTE;
  assertEquals((await rollUp({ kv, now })).hours, 1);
  const { value } = await kv.get<Rollup>(keys.rollup("hour", START));
  assertEquals(value!.through, START + HOUR);
});

Deno.test("roller: a day is not stored where one of its hours was counted anew meanwhile", async () => {
  using kv = await Deno.openKv(":memory:");
  let time = START + DAY + HOUR;
  const now = () => time;
  await write(kv, [record()], now);
  // The lease's, the hour's, the day's.
  const slow = before(kv, 2, async () => {
    await write(kv, [record({ path: "/late" })], now);
    time += HOUR;
    // The lease has expired.
    assertEquals((await rollUp({ kv, now })).hours, 1);
  });
  assertEquals((await rollUp({ kv: slow, now })).days, 0);
  await assertRight(kv, now);
});

Deno.test("roller: of two at once, one runs", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + HOUR;
  await write(kv, [record()], now);
  let second: unknown;
  const first = before(kv, 1, async () => {
    second = await rollUp({ kv, now });
  });
  assertEquals((await rollUp({ kv: first, now })).ran, true);
  assertEquals(second, { ran: false, hours: 0, days: 0 });
});

Deno.test("roller: an hour is counted again once its first records have expired, and forgotten after its last", async () => {
  using kv = await Deno.openKv(":memory:");
  let time = START + 2 * HOUR;
  const now = () => time;
  await write(kv, [record()], now, 5 * HOUR);
  await write(kv, [record({ timestamp: START + MINUTE })], now, 10 * HOUR);
  await rollUp({ kv, now });
  time += 5 * HOUR;
  await assertRight(kv, now);
  time += HOUR + MINUTE;
  assertEquals((await rollUp({ kv, now })).hours, 1);
  const { value } = await kv.get<Rollup>(keys.rollup("hour", START));
  assertEquals(value!.expires_from, value!.expires_at);
  await assertRight(kv, now);
  time += 5 * HOUR;
  await assertRight(kv, now);
  const stats = await requestStats(
    kv,
    { since: START, until: time, by: "hour", top: 5 },
    now,
  );
  assertEquals(stats.totals.requests, 0);
});

Deno.test("a flood of random paths and addresses leaves rollups small and the top right within their error", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + DAY + HOUR;
  const records = [];
  for (let i = 0; i < 50_000; i++) {
    const isFlood = i % 3 > 0;
    const address = `${i >> 16}.${i >> 8 & 255}.${i & 255}.1`;
    records.push(record({
      timestamp: START + Math.floor(i / 50_000 * HOUR),
      ip_address: isFlood ? `10${address.slice(0, 10)}` : `192.0.2.${i % 40}`,
      path: isFlood ? `/${i}/${"x".repeat(200)}` : `/real/${i % 7}`,
      user_agent: isFlood ? `${i}/${"東".repeat(40)}` : "curl/8",
      referrer: isFlood ? `https://${i}.example/${"y".repeat(60)}` : null,
    }));
  }
  await write(kv, records, now);
  assertEquals((await rollUp({ kv, now })).hours, 1);
  const asked = {
    since: START,
    until: START + DAY,
    by: "day" as const,
    top: 7,
  };
  const stats = await requestStats(kv, asked, now);
  const naive = await naiveStats(kv, asked, now);
  assertEquals(stats.series, naive.series);
  assertEquals(stats.top.countries, naive.top.countries);
  assert(stats.approximate.clients);
  assert(
    Math.abs(stats.totals.clients / naive.totals.clients - 1) < 0.08,
    `${stats.totals.clients} for ${naive.totals.clients}`,
  );
  assertEquals(
    stats.top.paths.map(({ name }) => name),
    naive.top.paths.map(({ name }) => name),
  );
  stats.top.paths.forEach(({ requests, error = 0 }, i) => {
    const real = naive.top.paths[i]!.requests;
    assert(requests <= real && real <= requests + error);
  });
});

Deno.test("rollups of the longest names there are fit the store, those of days too", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + DAY + HOUR;
  const records = [];
  for (let i = 0; i < 24 * 150; i++) {
    const hex = (i % 150 + 0x1000).toString(16);
    records.push(record({
      timestamp: START + Math.floor(i / 150) * HOUR + i % 150,
      ip_address: `2001:db8:1111:2222:3333:4444:5555:${hex}`,
      path: `/${i % 150}`.padEnd(170, "東"),
      user_agent: `${i % 150}`.padEnd(85, "東"),
      referrer: `${i % 150}`.padEnd(85, "東"),
      username: `u${i}`,
      status: 100 + i % 500,
      country_code: String.fromCharCode(65 + i % 26, 65 + i % 23),
      outcome: "blocked",
    }));
  }
  await write(kv, records, now, RETENTION);
  assertEquals(await rollUp({ kv, now }), { ran: true, hours: 24, days: 1 });
});

Deno.test("requestStats(): in part of a busy hour totals are exact and lists by proportion", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + 2 * HOUR;
  const records = Array.from({ length: 40_000 }, (_, i) =>
    record({
      timestamp: START + Math.floor(i / 40_000 * HOUR),
      path: `/${i % 4}`,
    }));
  await write(kv, records, now);
  await rollUp({ kv, now });
  const asked = {
    since: START + 10.5 * MINUTE,
    until: START + 50.25 * MINUTE,
    by: "minute" as const,
    top: 4,
  };
  const stats = await requestStats(kv, asked, now);
  const naive = await naiveStats(kv, asked, now);
  assertEquals(stats.series, naive.series);
  assertEquals(stats.totals, naive.totals);
  assertEquals(stats.heat, naive.heat);
  assert(stats.approximate.edges);
  const [path] = stats.top.paths;
  assert(Math.abs(path!.requests / naive.top.paths[0]!.requests - 1) < 0.01);
});

Deno.test("roller: quiet hours that an import leaves with a mark each are counted together, and right", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + 3 * DAY;
  const hours = [0, 1, 2, 3, 4, 5, 6, 9, 11, 12, 30];
  const records = hours.flatMap((hour) =>
    Array.from({ length: hour === 5 ? 2_500 : 3 }, (_, i) =>
      record({
        timestamp: START + hour * HOUR + i * 1_000,
        path: `/${hour}/${i % 7}`,
      }))
  );
  const writer = new BulkWriter({ kv, now, retentionMs: 30 * DAY });
  await writer.write(records, "test");
  await writer.flush();
  assertEquals((await rowsOf(kv, "rollup_mark")).length, hours.length);
  assertEquals((await rollUp({ kv, now })).hours, hours.length);
  assertEquals(await rowsOf(kv, "rollup_mark"), []);
  await assertRight(kv, now);
  // Written again under the same name, nothing is counted twice.
  await writer.write(records, "test");
  await writer.flush();
  await rollUp({ kv, now });
  await assertRight(kv, now);
});
