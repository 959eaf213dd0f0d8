import { withFaults } from "../_fake_kv.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { copyLists } from "../../lib/app/log_jobs.ts";
import {
  ChunkPacker,
  chunkSize,
  unpack,
} from "../../lib/lists/access_chunk.ts";
import type { AccessEntry } from "../../lib/lists/access_entry.ts";
import { AccessLists } from "../../lib/lists/access_lists.ts";
import { refreshSnapshot } from "../../lib/lists/access_snapshot.ts";
import { allowIp, blockIp, unblockIp } from "../../lib/lists/access_store.ts";
import { blockMany } from "../../lib/lists/access_import.ts";
import { formatCidr } from "../../lib/net/cidr.ts";
import { keys } from "../../lib/store/keys.ts";
import type { Services } from "../../lib/app/services.ts";
import { Clock } from "./_access.ts";

const HOUR = 3_600_000;
const by = { created_by: "ada" };
const MANUAL = { pollMs: 1_000_000 };
/** The minimum number of entries for a snapshot. */
const MANY = 5_000;

/** A store with 5,000 single addresses of 203.0.0.0/16, all blocked. */
async function longList(kv: Deno.Kv, now: () => number, more = {}) {
  await blockMany(
    kv,
    now,
    Array.from({ length: MANY }, (_, n) => ({
      ip: `203.0.${n >> 8}.${n & 255}`,
      reason: `scan ${n % 7}`,
      ...by,
      ...more,
    })),
    { force: true },
  );
}

/** The rows a process reads when it opens the lists; 0 if the snapshot was enough. */
async function rowsRead(
  kv: Deno.Kv,
  now: () => number,
  check: (lists: AccessLists) => void,
): Promise<number> {
  let rows = 0;
  const counting = withFaults(kv, {
    async *list(...args: Parameters<Deno.Kv["list"]>) {
      for await (const row of kv.list(...args)) {
        if (row.key[0] === keys.accessAll("safe")[0]) rows++;
        yield row;
      }
    },
  });
  await using lists = await AccessLists.open(counting, { now, ...MANUAL });
  check(lists);
  return rows;
}

const refresh = (kv: Deno.Kv, now: () => number, entries = MANY) =>
  refreshSnapshot({ kv, now, entries });

const stored = (kv: Deno.Kv) =>
  Array.fromAsync(kv.list({ prefix: keys.accessSnapshotChunksAll() }));

Deno.test("snapshot: a process starts from it, and holds what the rows say", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await longList(kv, now);
  await blockIp(kv, now, {
    ip: "2a00:1450::/32",
    reason: "<b>ü</b>",
    ...by,
    expires_at: ms + HOUR,
  });
  await allowIp(kv, now, { ip: "198.51.100.7", ...by });
  assertEquals(await refresh(kv, now), true);
  const read = await rowsRead(kv, now, (lists) => {
    assertEquals(lists.sizes, { blocked: MANY + 1, safe: 1 });
    assertEquals(lists.match("203.0.1.2", ms)?.entry, {
      ip_address: "203.0.1.2",
      reason: "scan 6",
      created_at: ms,
      created_by: "ada",
      expires_at: null,
    });
    assertEquals(lists.match("2a00:1450::1", ms)?.entry, {
      ip_address: "2a00:1450::/32",
      reason: "<b>ü</b>",
      created_at: ms,
      created_by: "ada",
      expires_at: ms + HOUR,
    });
    assertEquals(lists.match("198.51.100.7", ms)?.kind, "safe");
    assertEquals(lists.match("203.1.0.0", ms), null);
  });
  assertEquals(read, 0);
});

Deno.test("snapshot: changes made after it are put on top", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await longList(kv, now);
  await refresh(kv, now);
  await unblockIp(kv, now, "203.0.1.2");
  await blockIp(kv, now, { ip: "8.8.8.0/24", ...by });
  await allowIp(kv, now, { ip: "203.0.2.0/24", ...by });
  const read = await rowsRead(kv, now, (lists) => {
    assertEquals(lists.match("203.0.1.2", ms), null);
    assertEquals(lists.match("8.8.8.8", ms)?.kind, "blocked");
    assertEquals(lists.match("203.0.2.9", ms)?.kind, "safe");
    assertEquals(lists.version, 4);
  });
  assertEquals(read, 0);
});

Deno.test("snapshot: after an import the rows are read", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await longList(kv, now);
  await refresh(kv, now);
  await blockMany(
    kv,
    now,
    Array.from({ length: 100 }, (_, n) => ({ ip: `8.8.4.${n}`, ...by })),
  );
  const read = await rowsRead(kv, now, (lists) => {
    assertEquals(lists.match("8.8.4.4", ms)?.kind, "blocked");
  });
  assertEquals(read, MANY + 100);
  assertEquals(await refresh(kv, now, MANY + 100), true);
  assertEquals(await rowsRead(kv, now, () => {}), 0);
});

Deno.test("snapshot: where the record of a change is gone, the rows are read", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await longList(kv, now);
  await refresh(kv, now);
  await unblockIp(kv, now, "203.0.1.2");
  await kv.delete(keys.accessChange(2));
  const read = await rowsRead(kv, now, (lists) => {
    assertEquals(lists.match("203.0.1.2", ms), null);
  });
  assertEquals(read, MANY - 1);
});

Deno.test("snapshot: one that lacks a chunk is not believed", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await longList(kv, now);
  await refresh(kv, now);
  const chunks = await stored(kv);
  assert(chunks.length > 1);
  await kv.delete(chunks[1]!.key);
  const read = await rowsRead(kv, now, (lists) => {
    assertEquals(lists.sizes.blocked, MANY);
  });
  assertEquals(read, MANY);
});

Deno.test("snapshot: one of a later version, put back beside older rows, is not believed", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await longList(kv, now);
  await refresh(kv, now);
  await kv.set(keys.accessVersion(), 0);
  assertEquals(await rowsRead(kv, now, () => {}), MANY);
});

Deno.test("snapshot: it is written when it is needed, and only then", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const { now } = clock;
  assertEquals(await refresh(kv, now, 0), false, "an empty list");
  await longList(kv, now);
  assertEquals(await refresh(kv, now, MANY - 1), false, "a short list");
  assertEquals(await refresh(kv, now), true, "the first");
  clock.ms += 24 * HOUR;
  assertEquals(await refresh(kv, now), false, "nothing has changed");
  await refresh(kv, now);
  await unblockIp(kv, now, "203.0.1.2");
  assertEquals(await refresh(kv, now), true, "old and behind");
  await unblockIp(kv, now, "203.0.1.3");
  assertEquals(await refresh(kv, now), false, "just written");
});

Deno.test("snapshot: five hundred changes are enough for a new one", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await longList(kv, now);
  await refresh(kv, now);
  const version = (await kv.get<number>(keys.accessVersion())).value!;
  for (let n = 1; n <= 501; n++) {
    const change = { version: version + n, put: [], removed: [] };
    await kv.set(keys.accessChange(version + n), change);
    await kv.set(keys.accessVersion(), version + n);
    if (n === 500) assertEquals(await refresh(kv, now), false);
  }
  assertEquals(await refresh(kv, now), true);
});

Deno.test("snapshot: what was taken off a list, or expired, is gone from it after an hour", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const { now } = clock;
  await longList(kv, now);
  await blockIp(kv, now, { ip: "8.8.8.8", reason: "removed", ...by });
  await blockIp(kv, now, {
    ip: "8.8.4.4",
    reason: "expired",
    ...by,
    expires_at: clock.ms + 1_000,
  });
  await refresh(kv, now);
  const texts = async () =>
    (await stored(kv)).map(({ value }) => JSON.stringify(value)).join();
  assert((await texts()).includes("removed"));
  assert((await texts()).includes("expired"));
  await unblockIp(kv, now, "8.8.8.8");
  clock.ms += HOUR + 1;
  await refresh(kv, now);
  assert(!(await texts()).includes("removed"));
  assert(!(await texts()).includes("expired"));
});

Deno.test("snapshot: an expired entry alone has it written anew", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const { now } = clock;
  await longList(kv, now, { expires_at: clock.ms + 2 * HOUR });
  await refresh(kv, now);
  clock.ms += 2 * HOUR;
  assertEquals(await refresh(kv, now), false);
  clock.ms += 1;
  assertEquals(await refresh(kv, now), true);
});

Deno.test("snapshot: a list that became short has none", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const { now } = clock;
  await longList(kv, now);
  await refresh(kv, now);
  await allowIp(kv, now, { ip: "203.0.0.0/17", ...by });
  clock.ms += HOUR + 1;
  assertEquals(await refresh(kv, now, 1), true);
  assertEquals(await stored(kv), []);
  assertEquals((await kv.get(keys.accessSnapshot())).value, null);
});

Deno.test("snapshot: what a killed writer left is removed by the next", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await longList(kv, now);
  await kv.set(keys.accessSnapshotChunk("dead", "blocked", 0), { words: [] });
  await refresh(kv, now);
  const left = await stored(kv);
  assert(left.length > 0);
  assertEquals(left.filter(({ key }) => key[1] === "dead"), []);
});

Deno.test("snapshot: of several processes at once, one writes it", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await longList(kv, now);
  const wrote = await Promise.all(
    Array.from({ length: 4 }, () => refresh(kv, now)),
  );
  assertEquals(wrote.filter(Boolean).length, 1);
  const ids = new Set((await stored(kv)).map(({ key }) => key[1]));
  assertEquals(ids.size, 1);
});

Deno.test("snapshot: the job asks the lists how long they are", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await longList(kv, now);
  await using lists = await AccessLists.open(kv, { now, ...MANUAL });
  await copyLists({ kv, now, lists } as Services);
  assertEquals(await rowsRead(kv, now, () => {}), 0);
});

Deno.test("snapshot: changes made while it is written are not lost", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  await longList(kv, now);
  const writing = refresh(kv, now);
  for (let n = 0; n < 40; n++) {
    await unblockIp(kv, now, `203.0.1.${n}`);
    await blockIp(kv, now, { ip: `8.8.8.${n}`, ...by });
  }
  assertEquals(await writing, true);
  const read = await rowsRead(kv, now, (lists) => {
    for (let n = 0; n < 40; n++) {
      assertEquals(lists.match(`203.0.1.${n}`, ms), null);
      assertEquals(lists.match(`8.8.8.${n}`, ms)?.kind, "blocked");
    }
  });
  assertEquals(read, 0);
});

const anyIp = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((ip) => !ip.includes(".")),
);
const anyEntry: fc.Arbitrary<AccessEntry> = fc.record({
  ip_address: anyIp,
  reason: fc.string({ unit: "grapheme", maxLength: 400 })
    .map((text) => text.slice(0, 500)),
  created_at: fc.integer({ min: 0, max: 2e12 }),
  created_by: fc.string({ maxLength: 32 }),
  expires_at: fc.option(fc.integer({ min: 1_000, max: 2e12 })),
});

Deno.test("snapshot: whatever is packed comes out again, in values that KV takes", async () => {
  using kv = await Deno.openKv(":memory:");
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEntry, { minLength: 1, maxLength: 300, size: "max" }),
      async (entries) => {
        const packer = new ChunkPacker();
        const out: AccessEntry[] = [];
        const put = async () => {
          const key = keys.accessSnapshotChunk("id", "blocked", 0);
          const size = packer.size;
          await kv.set(key, packer.take());
          // deno-lint-ignore no-explicit-any
          const { value } = await kv.get<any>(key);
          assertEquals(chunkSize(value), size);
          unpack(
            value,
            0,
            (range, entry) =>
              out.push({ ip_address: formatCidr(range), ...entry }),
          );
        };
        for (const entry of entries) {
          if (packer.add(entry)) continue;
          await put();
          assert(packer.add(entry));
        }
        await put();
        assertEquals(
          out.map(({ ip_address: _, ...rest }) => rest),
          entries.map(({ ip_address: _, ...rest }) => rest),
        );
      },
    ),
    { numRuns: 30 },
  );
});
