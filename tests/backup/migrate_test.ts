import { onCommit, onSet } from "../_fake_kv.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type MigrateOptions,
  migrateStore,
  StillDifferentError,
} from "../../lib/backup/migrate.ts";
import { NotEmptyError } from "../../lib/backup/restore.ts";
import { keys } from "../../lib/store/keys.ts";
import { bringUpToDate, SchemaError } from "../../lib/store/schema.ts";
import { startKvConnect, TOKEN } from "../kv_connect/server.ts";

const NOW = Date.UTC(2026, 0, 1);
const options: MigrateOptions = { source: "a", now: () => NOW };

async function entries(kv: Deno.Kv): Promise<[Deno.KvKey, unknown][]> {
  const all = await Array.fromAsync(kv.list({ prefix: [] }));
  return all.map(({ key, value }) => [key, value]);
}

/** One value of every kind, at the limits of KV. */
async function fill(kv: Deno.Kv): Promise<void> {
  await bringUpToDate(kv);
  await kv.set(["a", 1, 2n, new Uint8Array([1, 0, 2]), true, "\0é😀"], {
    words: new Uint16Array([1, 65_535]),
    big: 10n ** 30n,
    nested: { map: new Map([[1, new Set(["x"])]]), none: undefined, nil: null },
    list: [1, , 3],
  });
  await kv.set(["b"], new Deno.KvU64(2n ** 64n - 1n));
  await kv.set(["c", -0], null);
  // 2,048 bytes of key and 65,536 of value, both as counted by the store.
  await kv.set(["k".repeat(2_045)], 1);
  await kv.set(["v"], new Uint8Array(65_536).fill(7));
  await assertRejects(() => kv.set(["w"], new Uint8Array(65_537)));
  for (let i = 0; i < 30; i++) {
    await kv.set(["long", i, "k".repeat(1_900)], 1);
    await kv.set(["wide", i], "v".repeat(60_000));
    const many = kv.atomic();
    for (let n = 0; n < 50; n++) many.set(["many", i, n], n + i / 2);
    await many.commit();
  }
}

Deno.test("migrate: the destination holds the same keys and values, those at the limits of size included", async () => {
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  let read = 0;
  const done = await migrateStore(from, to, {
    ...options,
    onProgress: (progress) => read = progress.read,
  });
  assertEquals(await entries(to), await entries(from));
  const count = 6 + 30 * 52;
  assertEquals([done.written, done.expired, done.resumed], [count, 0, false]);
  assertEquals(done.from, done.to);
  assertEquals([done.from.count, read], [count, count]);
  assertEquals(done.from.sha256.length, 64);
});

Deno.test("migrate: lifetimes go along, what is over stays behind, and so does what passes within minutes", async () => {
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  const live = { expires_at: NOW + 1_000 };
  const ended = { expires_at: NOW };
  await from.set(keys.session("live"), live);
  await from.set(keys.session("ended"), ended);
  await from.set(keys.userSession("u", "live"), NOW - 5);
  await from.set(keys.userSession("u", "ended"), NOW - 5);
  await from.set(keys.access("blocked", "192.0.2.1"), { expires_at: null });
  await from.set(keys.throttle("login", "192.0.2.1"), { passes: [NOW] });
  await from.set(keys.lease("detect"), { ...live, owner: "x" });
  const sets: [string, number | undefined][] = [];
  const watched = onSet(to, (key, expireIn) => {
    if (key[0] !== "migrating") sets.push([key.join(" "), expireIn]);
  });
  const done = await migrateStore(from, watched, options);
  assertEquals([done.written, done.expired], [3, 2]);
  assertEquals(sets, [
    ["access blocked 192.0.2.1", undefined],
    ["session live", 1_000],
    ["user_session u live", 1_000],
  ]);
  assertEquals((await entries(to)).length, 3);
});

Deno.test("migrate: what the source changes meanwhile is found, copied again and named", async () => {
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  const during = onCommit(to, async (n) => {
    if (n !== 3) return;
    await from.set(["a", "new"], 1);
    await from.set(["b"], "changed");
    await from.delete(["c", -0]);
  });
  const { changed, from: held, to: holds } = await migrateStore(
    from,
    during,
    options,
  );
  assertEquals(changed, {
    missing: 1,
    changed: 1,
    extra: 1,
    keys: [["a", "new"], ["b"], ["c", -0]],
  });
  assertEquals(held, holds);
  assertEquals(await entries(to), await entries(from));
});

Deno.test("migrate: a source that never rests is told, and the next run ends it", async () => {
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  const busy = onCommit(to, (n) => from.set(["a", n], n));
  await assertRejects(
    () => migrateStore(from, busy, options),
    StillDifferentError,
    "still differ",
  );
  await assertRejects(
    () => bringUpToDate(to),
    SchemaError,
    "copied into it incompletely",
  );
  const done = await migrateStore(from, to, options);
  assert(done.resumed);
  assertEquals(await entries(to), await entries(from));
  await bringUpToDate(to);
});

Deno.test("migrate: a store that fails midway leaves a mark, and the next run goes on from there", async () => {
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  const failing = onCommit(to, (n) => {
    if (n > 5) throw new Error("disk I/O error");
  });
  await assertRejects(
    () => migrateStore(from, failing, options),
    Error,
    "disk I/O error",
  );
  await assertRejects(
    () => bringUpToDate(to),
    SchemaError,
    "copied into it incompletely",
  );
  await assertRejects(
    () => migrateStore(from, to, { ...options, source: "another" }),
    NotEmptyError,
  );
  const half = (await entries(to)).length;
  const read: number[] = [];
  const done = await migrateStore(from, to, {
    ...options,
    onProgress: (progress) => read[progress.pass] = progress.read,
  });
  assert(done.resumed);
  assert(half > 2 && done.written < done.from.count, `${done.written}`);
  assert(read[1]! < read[2]!, `${read}`);
  assertEquals(await entries(to), await entries(from));
});

Deno.test("migrate: a destination that holds something is left alone without force, replaced with it", async () => {
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  await to.set(["b"], "other");
  await to.set(["zz", "theirs"], 1);
  await to.set(keys.throttle("login", "x"), 1);
  await to.set(["session", "over"], { expires_at: NOW - 1 });
  const before = await entries(to);
  await assertRejects(() => migrateStore(from, to, options), NotEmptyError);
  assertEquals(await entries(to), before);
  await migrateStore(from, to, { ...options, force: true });
  assertEquals(
    (await entries(to)).filter(([[kind]]) => kind !== "session"),
    await entries(from),
  );
});

Deno.test("migrate: a newer source and half a source are refused, and nothing is written", async () => {
  for (
    const [key, value] of [
      [keys.schemaVersion(), 99],
      [keys.restoring(), "x"],
      [keys.migrating(), { source: "x", after: null }],
    ] as [Deno.KvKey, unknown][]
  ) {
    using from = await Deno.openKv(":memory:");
    using to = await Deno.openKv(":memory:");
    await from.set(key, value);
    await assertRejects(() => migrateStore(from, to, options), SchemaError);
    assertEquals(await entries(to), []);
  }
});

Deno.test("migrate: to KV Connect and back, everything is the same", async () => {
  Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
  await using server = startKvConnect();
  using from = await Deno.openKv(":memory:");
  using back = await Deno.openKv(":memory:");
  await fill(from);
  await from.set(keys.session("s"), { expires_at: Date.now() + 60_000 });
  using remote = await Deno.openKv(server.url);
  const now = Date.now;
  const there = await migrateStore(from, remote, { source: "f", now });
  const here = await migrateStore(remote, back, { source: "r", now });
  assertEquals(there.from, here.to);
  assertEquals(await entries(back), await entries(from));
});

Deno.test("migrate: texts that the store writes with two bytes a character fit into its commits", async () => {
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  for (let i = 0; i < 40; i++) {
    await from.set(["t", i], "a".repeat(32_000) + "€");
  }
  const { from: held } = await migrateStore(from, to, options);
  assertEquals(held.count, 40);
  assertEquals(await entries(to), await entries(from));
});
