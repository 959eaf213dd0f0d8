import { assert, assertEquals, assertRejects } from "@std/assert";
import { AccessLists } from "../../lib/lists/access_lists.ts";
import { checkIp } from "../../lib/lists/access_read.ts";
import {
  allowIp,
  blockIp,
  disallowIp,
  unblockIp,
} from "../../lib/lists/access_store.ts";
import { keys } from "../../lib/store/keys.ts";
import { onCommit } from "../_fake_kv.ts";
import { Random } from "../net/random.ts";
import { Clock, faulty, twoConnections } from "./_access.ts";
import { waitFor } from "../_wait.ts";

const HOUR = 3_600_000;
const by = { created_by: "ada" };
/** So long that only poll() reads. */
const MANUAL = { pollMs: 1_000_000 };

Deno.test("AccessLists: what stood in KV counts from the start", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await blockIp(kv, now, { ip: "8.8.8.0/24", reason: "scan", ...by });
  await allowIp(kv, now, { ip: "8.8.8.8", ...by });
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  assertEquals(lists.match("8.8.8.9", ms)?.kind, "blocked");
  assertEquals(lists.match("8.8.8.9", ms)?.entry.reason, "scan");
  assertEquals(lists.match("::ffff:8.8.8.9", ms)?.kind, "blocked");
  assertEquals(lists.match("8.8.8.8", ms)?.kind, "safe");
  assertEquals(lists.match("8.8.9.8", ms), null);
  assertEquals(lists.match("garbage", ms), null);
  assertEquals(lists.sizes, { blocked: 1, safe: 1 });
  assertEquals(lists.version, 2);
});

Deno.test("AccessLists: another connection's changes are followed within a poll", async () => {
  await using stores = await twoConnections();
  const { ms, now } = new Clock();
  await using lists = await AccessLists.open(stores.a, { now, pollMs: 10 });
  const becomes = async (ip: string, kind: string | undefined) => {
    await waitFor(
      `${ip} to be ${kind}`,
      () => lists.match(ip, ms)?.kind === kind,
    );
  };
  await blockIp(stores.b, now, { ip: "8.8.8.0/24", ...by });
  await becomes("8.8.8.8", "blocked");
  await allowIp(stores.b, now, { ip: "8.8.8.8", ...by });
  await becomes("8.8.8.8", "safe");
  await disallowIp(stores.b, now, "8.8.8.8");
  await becomes("8.8.8.8", "blocked");
  await unblockIp(stores.b, now, "8.8.8.0/24");
  await becomes("8.8.8.8", undefined);
  assertEquals(lists.stale, false);
});

Deno.test("a followed entry stops matching on time", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  await using lists = await AccessLists.open(kv, { now: clock.now, ...MANUAL });
  await blockIp(kv, clock.now, {
    ip: "8.8.8.8",
    ...by,
    expires_at: clock.ms + HOUR,
  });
  await lists.poll();
  assert(lists.match("8.8.8.8", clock.ms + HOUR - 1));
  assertEquals(lists.match("8.8.8.8", clock.ms + HOUR), null);
  clock.ms += HOUR;
  await lists.poll();
  assertEquals(lists.sizes.blocked, 0);
});

Deno.test("AccessLists: a change of this process counts at once", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  lists.applyLocal((await blockIp(kv, now, { ip: "8.8.8.8", ...by })).changes);
  assertEquals(lists.match("8.8.8.8", ms)?.kind, "blocked");
  lists.applyLocal((await unblockIp(kv, now, "8.8.8.8")).changes);
  assertEquals(lists.match("8.8.8.8", ms), null);
  await lists.poll();
  assertEquals(lists.match("8.8.8.8", ms), null);
  assertEquals(lists.version, 2);
});

Deno.test("AccessLists: a local change does not flicker while older ones arrive", async () => {
  await using stores = await twoConnections();
  const { ms, now } = new Clock();
  let hold = Promise.resolve();
  const slow = faulty(stores.a, () => hold);
  await using lists = await AccessLists.open(slow, { now, ...MANUAL });
  await blockIp(stores.b, now, { ip: "8.8.8.8", ...by });
  await unblockIp(stores.b, now, "8.8.8.8");
  // The poll reads version 2; then version 3 is made here, before the records are read.
  const poll = lists.poll();
  const { promise, resolve } = Promise.withResolvers<void>();
  await Promise.resolve();
  hold = promise;
  const { changes } = await blockIp(stores.a, now, { ip: "8.8.8.8", ...by });
  lists.applyLocal(changes);
  resolve();
  await poll;
  assertEquals(lists.match("8.8.8.8", ms)?.kind, "blocked");
  await lists.poll();
  assertEquals(lists.match("8.8.8.8", ms)?.kind, "blocked");
  assertEquals(lists.version, 3);
});

Deno.test("AccessLists: a gap in the records makes it read the lists", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  for (const ip of ["8.8.8.1", "8.8.8.2", "8.8.8.3"]) {
    await blockIp(kv, now, { ip, ...by });
  }
  await kv.delete(keys.accessChange(2));
  assert(await lists.poll());
  assertEquals(lists.sizes.blocked, 3);
  assert(lists.match("8.8.8.2", ms));
});

Deno.test("AccessLists: a store that was put back is read anew", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  for (const ip of ["8.8.8.1", "8.8.8.2"]) {
    await blockIp(kv, now, { ip, ...by });
  }
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  await kv.delete(keys.access("blocked", "8.8.8.2"));
  await kv.set(keys.accessVersion(), 1);
  assert(await lists.poll());
  assertEquals(lists.version, 1);
  assertEquals(lists.match("8.8.8.2", ms), null);
});

Deno.test("AccessLists: 2,000 changes behind, it reads the lists", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  await blockIp(kv, now, { ip: "8.8.8.8", ...by });
  await kv.set(keys.accessVersion(), 2_000);
  assert(await lists.poll());
  assertEquals(lists.version, 2_000);
  assertEquals(lists.sizes.blocked, 1);
});

Deno.test("where KV throws, the last known lists count, and it recovers", async () => {
  await using stores = await twoConnections();
  const { ms, now } = new Clock();
  let broken = false;
  const kv = faulty(stores.a, () => {
    if (broken) throw new Error("disk I/O error");
  });
  await blockIp(stores.b, now, { ip: "8.8.8.8", ...by });
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  broken = true;
  await blockIp(stores.b, now, { ip: "9.9.9.9", ...by });
  assertEquals(await lists.poll(), false);
  assertEquals(lists.stale, true);
  assertEquals(lists.lastError?.message, "disk I/O error");
  assert(lists.match("8.8.8.8", ms));
  broken = false;
  assertEquals(await lists.poll(), true);
  assertEquals(lists.stale, false);
  assertEquals(lists.lastError, null);
  assert(lists.match("9.9.9.9", ms));
});

Deno.test("where KV hangs, polls and close() end by their deadline", async () => {
  await using stores = await twoConnections();
  const { ms, now } = new Clock();
  let hang: Promise<void> | undefined;
  const kv = faulty(stores.a, () => hang);
  await blockIp(stores.b, now, { ip: "8.8.8.8", ...by });
  const lists = await AccessLists.open(kv, { now, pollMs: 5, deadlineMs: 20 });
  hang = new Promise(() => {});
  lists.recordHit({ ip_address: "8.8.8.8" });
  await waitFor("the lists to be stale", () => lists.stale);
  assertEquals(lists.lastError?.name, "DeadlineError");
  assert(lists.match("8.8.8.8", ms));
  hang = undefined;
  await waitFor("the lists to be fresh again", () => !lists.stale);
  hang = new Promise(() => {});
  await lists.close();
});

Deno.test("open() rejects where the lists cannot be read", async () => {
  using kv = await Deno.openKv(":memory:");
  const broken = faulty(kv, () => {
    throw new Error("no such table");
  });
  await assertRejects(
    () => AccessLists.open(broken, { now: Date.now }),
    Error,
    "no such table",
  );
});

Deno.test("AccessLists: hits are summed over processes and never lost by a failure", async () => {
  await using stores = await twoConnections();
  const clock = new Clock();
  const { now } = clock;
  let broken = false;
  const faultyA = faulty(stores.a, () => {
    if (broken) throw new Error("disk full");
  });
  await blockIp(stores.b, now, { ip: "8.8.8.0/24", ...by });
  await using a = await AccessLists.open(faultyA, { now, ...MANUAL });
  await using b = await AccessLists.open(stores.b, { now, ...MANUAL });
  for (let i = 0; i < 10; i++) {
    for (const lists of [a, b]) {
      const match = lists.match("8.8.8.8", clock.ms);
      lists.recordHit(match!.entry);
    }
  }
  broken = true;
  await assertRejects(() => a.flushHits(), Error, "disk full");
  broken = false;
  clock.ms += 5_000;
  a.recordHit({ ip_address: "8.8.8.0/24" });
  a.recordHit({ ip_address: "7.7.7.7" });
  await Promise.all([a.flushHits(), b.flushHits()]);
  await a.flushHits();
  const { entry } = await checkIp(stores.b, now, "8.8.8.8");
  assertEquals(entry?.hits, 21);
  assertEquals(entry?.last_hit_at, clock.ms);
  assertEquals((await stores.b.get(keys.blockHits("7.7.7.7"))).value, null);
});

Deno.test("AccessLists: close() writes the hits that are left", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await blockIp(kv, now, { ip: "8.8.8.8", ...by });
  const lists = await AccessLists.open(kv, { now });
  for (let i = 0; i < 3; i++) lists.recordHit({ ip_address: "8.8.8.8" });
  await lists.close();
  assertEquals((await checkIp(kv, now, "8.8.8.8")).entry?.hits, 3);
});

Deno.test("AccessLists: polls write the hits every other second", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  await blockIp(kv, clock.now, { ip: "8.8.8.8", ...by });
  await using lists = await AccessLists.open(kv, { now: clock.now, ...MANUAL });
  lists.recordHit({ ip_address: "8.8.8.8" });
  await lists.poll();
  assertEquals((await checkIp(kv, clock.now, "8.8.8.8")).entry?.hits, 0);
  clock.ms += 2_000;
  await lists.poll();
  assertEquals((await checkIp(kv, clock.now, "8.8.8.8")).entry?.hits, 1);
});

Deno.test("AccessLists: 1,000 entries' hits are written in a flush", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  const ips = Array.from({ length: 200 }, (_, i) => `8.8.8.${i}`);
  for (const ip of ips) await blockIp(kv, now, { ip, ...by });
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  for (let i = 0; i < 1_000; i++) {
    lists.recordHit({ ip_address: ips[i % 200]! });
  }
  await lists.flushHits();
  for (const ip of [ips[0]!, ips[99]!, ips[199]!]) {
    assertEquals((await checkIp(kv, now, ip)).entry?.hits, 5);
  }
});

Deno.test("AccessLists: hits that the store does not take are told once and are no outage; a full disk is one", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const { now } = clock;
  await blockIp(kv, now, { ip: "8.8.8.8", ...by });
  let why: string | null = null;
  const broken = onCommit(kv, () => {
    if (why !== null) throw new Error(why);
  });
  const looks: (string | null)[] = [];
  const refused: string[] = [];
  await using lists = await AccessLists.open(broken, {
    ...{ now, ...MANUAL },
    onPoll: (error) => looks.push(error?.message ?? null),
    onRefused: (error) => refused.push(String(error)),
  });
  const look = async () => {
    lists.recordHit({ ip_address: "8.8.8.8" });
    clock.ms += 2_000;
    return await lists.poll();
  };
  why = "(status=400 Bad Request): Too many checks";
  assert(await look());
  assert(await look());
  assertEquals([new Set(looks), refused], [new Set([null]), [`Error: ${why}`]]);
  assertEquals(lists.lastError, null);
  why = "database or disk is full";
  assert(!await look());
  assertEquals(looks.at(-1), why);
  assertEquals([lists.lastError?.message, lists.stale], [why, false]);
  why = null;
  assert(await look());
  assertEquals(lists.lastError, null);
  const { entry } = await checkIp(kv, now, "8.8.8.8");
  assertEquals(entry?.hits, 4);
});

Deno.test("AccessLists: hits that take long to write keep no block waiting that is made elsewhere", async () => {
  await using stores = await twoConnections();
  const clock = new Clock();
  const { now } = clock;
  await blockIp(stores.b, now, { ip: "8.8.8.8", ...by });
  const slow = Promise.withResolvers<void>();
  const held = onCommit(stores.a, () => slow.promise);
  await using lists = await AccessLists.open(held, { now, ...MANUAL });
  lists.recordHit({ ip_address: "8.8.8.8" });
  clock.ms += 2_000;
  const first = lists.poll();
  await blockIp(stores.b, now, { ip: "9.9.9.9", ...by });
  const second = lists.poll();
  await waitFor("the block", () => lists.match("9.9.9.9", clock.ms));
  slow.resolve();
  assertEquals(await Promise.all([first, second]), [true, true]);
});

Deno.test("AccessLists: two followers of random changes end as KV stands", async () => {
  await using stores = await twoConnections();
  const clock = new Clock();
  const { now } = clock;
  const random = new Random(6);
  await using a = await AccessLists.open(stores.a, { now, ...MANUAL });
  await using b = await AccessLists.open(stores.b, { now, ...MANUAL });
  const ips = Array.from({ length: 12 }, (_, i) => `8.8.${i >> 2}.${i & 3}`);
  const ranges = [...ips, "8.8.0.0/24", "8.8.1.0/30", "8.8.0.0/16"];
  for (let round = 0; round < 60; round++) {
    const [kv, lists] = random.pick([[stores.a, a], [stores.b, b]] as const);
    const ip = random.pick(ranges);
    const order = {
      ip,
      ...by,
      force: true,
      expires_at: random.chance(0.3) ? clock.ms + 1 + random.int(20) : null,
    };
    const { changes } = await random.pick([
      () => blockIp(kv, now, order),
      () => blockIp(kv, now, order),
      () => unblockIp(kv, now, ip),
      () => allowIp(kv, now, order),
      () => disallowIp(kv, now, ip),
    ])();
    if (random.chance(0.7)) lists.applyLocal(changes);
    if (random.chance(0.3)) await a.poll();
    if (random.chance(0.3)) await b.poll();
    if (random.chance(0.5)) clock.ms += random.int(10);
  }
  await Promise.all([a.poll(), b.poll()]);
  for (const ip of ips) {
    const { status, entry } = await checkIp(stores.a, now, ip);
    for (const lists of [a, b]) {
      const match = lists.match(ip, clock.ms);
      assertEquals(match?.kind ?? "none", status);
      assertEquals(match?.entry.ip_address, entry?.ip_address);
      assertEquals(match?.entry.expires_at, entry?.expires_at);
    }
  }
});

Deno.test("AccessLists: what it remembers of an address never outlives a change or an entry", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const { now } = clock;
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  const kind = () => {
    const again = lists.matchAgain("8.8.8.8", clock.ms);
    assertEquals(again, lists.match("8.8.8.8", clock.ms));
    return again?.kind;
  };
  assertEquals(kind(), undefined);
  lists.applyLocal(
    (await blockIp(kv, now, {
      ip: "8.8.8.0/24",
      ...by,
      expires_at: clock.ms + HOUR,
    })).changes,
  );
  assertEquals(kind(), "blocked");
  await allowIp(kv, now, { ip: "8.8.8.8", ...by, expires_at: clock.ms + 9 });
  assertEquals(kind(), "blocked", "not seen yet");
  await lists.poll();
  assertEquals(kind(), "safe");
  clock.ms += 9;
  assertEquals(kind(), "blocked", "the safelist's entry has expired");
  clock.ms += HOUR;
  assertEquals(kind(), undefined, "the block has expired");
});

Deno.test("AccessLists: more addresses than it remembers are all told apart", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await blockIp(kv, now, { ip: "10.1.0.0/16", ...by, force: true });
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 10_000; n++) {
      const ip = `10.${n % 2}.${n >> 8}.${n & 255}`;
      const expected = n % 2 === 1 ? "blocked" : undefined;
      assertEquals(lists.matchAgain(ip, ms)?.kind, expected, ip);
    }
  }
});
