import { assert, assertEquals } from "@std/assert";
import { ChunkPacker } from "../../lib/log/chunk_packer.ts";
import { countRequests } from "../../lib/log/request_query.ts";
import { KINDS } from "../../lib/retention/kinds.ts";
import {
  sweep,
  SWEEP_EVERY_MS,
  type SweepOptions,
  type SweepResult,
} from "../../lib/retention/sweep.ts";
import { readSweepState } from "../../lib/retention/sweep_state.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { requestsIn } from "../../lib/log/rollup/rollup.ts";
import { readRollups } from "../../lib/log/rollup/stored_rollups.ts";
import { keys } from "../../lib/store/keys.ts";
import { record } from "../detection/records.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);
const ALL_TIME = { from: 0, to: Number.MAX_SAFE_INTEGER - 120_000 };
const WORKER = new URL("./_sweep_worker.ts", import.meta.url).pathname;

/** Stores requests like a log with a retention of 30 days: a number per minute from a time on. */
async function fill(
  kv: Deno.Kv,
  { from, minutes, each }: { from: number; minutes: number; each: number },
  writtenAt = (lastMs: number) => lastMs,
): Promise<number> {
  const packer = new ChunkPacker();
  const blocks = new Set<ReturnType<ChunkPacker["add"]>>();
  for (let minute = 0; minute < minutes; minute++) {
    for (let i = 0; i < each; i++) {
      blocks.add(packer.add(record({
        timestamp: from + minute * 60_000 + i,
        ip_address: `10.0.${minute & 255}.${i & 255}`,
      })));
    }
  }
  for (const block of blocks) {
    const at = writtenAt(block.lastMs);
    await kv.atomic()
      .set(
        keys.requestLog(block.lastMs, block.writer, block.n),
        block.value(at + 30 * DAY, at),
      )
      .set(keys.rollupMark(Math.floor(block.lastMs / 60_000) * 60_000), 1)
      .commit();
  }
  return minutes * each;
}

async function all(
  options: SweepOptions,
  each: (result: SweepResult) => void = () => {},
): Promise<number> {
  for (let runs = 1; runs < 10_000; runs++) {
    const result = await sweep(options);
    each(result);
    if (result.isDone) return runs;
  }
  throw new Error("The sweep does not come to an end");
}

Deno.test("sweep: 100,000 requests go in bounded steps, and only those past a shorter retention", async () => {
  using kv = await Deno.openKv(":memory:");
  const old = await fill(kv, { from: START, minutes: 320, each: 250 });
  const young = await fill(kv, {
    from: START + 2 * DAY,
    minutes: 80,
    each: 250,
  });
  assertEquals(old + young, 100_000);
  const now = () => START + 2 * DAY + 2 * HOUR;
  assertEquals(await countRequests(kv, ALL_TIME, now), 100_000);
  let removed = 0;
  const runs = await all(
    { kv, now, logRetention: DAY, maxEntries: 50 },
    (r) => {
      assert(r.ran && r.examined <= 50, JSON.stringify(r));
      removed += r.removed;
    },
  );
  assert(runs >= removed / 50, `${runs} runs for ${removed} blocks`);
  assertEquals(await countRequests(kv, ALL_TIME, now), young);
  const state = (await readSweepState(kv))!;
  assertEquals([state.removed, state.kind], [removed, null]);
  assert(state.finished_at !== null);
});

Deno.test("sweep: the next pass waits for its time; a run has an end in time, too", async () => {
  using kv = await Deno.openKv(":memory:");
  await fill(kv, { from: START, minutes: 300, each: 2 });
  let time = START + 40 * DAY;
  const options = { kv, now: () => time, logRetention: DAY };
  const first = await sweep({ ...options, maxMs: 0 });
  assertEquals([first.ran, first.isDone], [true, false]);
  assert(first.removed > 0 && first.removed <= 64);
  await all(options);
  assertEquals((await sweep(options)).ran, false);
  time += SWEEP_EVERY_MS;
  assertEquals((await sweep(options)).ran, true);
  // A clock that was ahead does not stop it.
  time -= 20 * DAY;
  assertEquals((await sweep(options)).ran, true);
});

Deno.test("sweep: rollups follow a shorter retention; an imported log stays", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + 3 * DAY;
  await fill(kv, { from: START, minutes: 90, each: 3 });
  await fill(kv, { from: START + DAY, minutes: 90, each: 5 }, now);
  await rollUp({ kv, now });
  const counted = async () => {
    let sum = 0;
    for await (const rollup of readRollups(kv, "hour", 0, now(), now)) {
      sum += requestsIn(rollup.slots);
    }
    return sum;
  };
  assertEquals(await counted(), 90 * 8);
  await all({ kv, now, logRetention: HOUR });
  await rollUp({ kv, now });
  assertEquals(await counted(), 90 * 5);
  assertEquals(await countRequests(kv, ALL_TIME, now), 90 * 5);
});

Deno.test("sweep: killed in the middle it goes on where it was; of two at once one sweeps", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/kv.db`;
    const now = START + 2 * DAY;
    let blocks = 0;
    {
      using kv = await Deno.openKv(path);
      await fill(kv, { from: START, minutes: 600, each: 10 });
      for await (const _ of kv.list({ prefix: keys.requestLogAll() })) blocks++;
    }
    const start = () =>
      new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--unstable-kv", "--no-check"],
          ...[WORKER, path, String(now), String(DAY)],
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
    const go = async ({ stdin }: Deno.ChildProcess) => {
      const writer = stdin.getWriter();
      await writer.write(new Uint8Array(1));
      await writer.close();
    };
    const victim = start();
    const text = victim.stdout.pipeThrough(new TextDecoderStream());
    await go(victim);
    let seen = "";
    for await (const part of text) {
      seen += part;
      if (
        /step (\d+)/.exec(seen) && Number(/step (\d+)/.exec(seen)![1]) >= 16
      ) {
        victim.kill("SIGKILL");
      }
    }
    await victim.status;
    {
      using kv = await Deno.openKv(path);
      const state = (await readSweepState(kv))!;
      assert(!seen.includes("done") && state.finished_at === null, seen);
      assert(state.removed >= 16 && state.removed < blocks);
      // Others would wait for the dead one's lease; the test sets the time.
      await kv.delete(keys.lease("sweep"));
    }
    const pair = [start(), start()];
    await Promise.all(pair.map(go));
    const outputs = await Promise.all(
      pair.map(async (child) =>
        new TextDecoder().decode((await child.output()).stdout)
      ),
    );
    for (const output of outputs) assert(output.includes("done"), output);
    using kv = await Deno.openKv(path);
    const state = (await readSweepState(kv))!;
    assert(state.finished_at !== null);
    assertEquals(
      await countRequests(kv, { from: 0, to: now }, () => now),
      0,
    );
    // Deletions that were committed when it died, but are not in the cursor yet, are not counted.
    assert(state.removed <= blocks && state.removed > blocks - 32);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sweep: every kind goes when it has ended, with what belongs to it, and not before", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = START + 400 * DAY;
  const ended = { expires_at: now, ip_address: "a" };
  const alive = { expires_at: now + 1, ip_address: "b" };
  const session = {
    user_id: "u",
    kind: "browser",
    last_seen_at: now,
    expires_at: now + 1,
  };
  const put: [Deno.KvKey, unknown, goes: boolean][] = [
    [keys.access("blocked", "a"), ended, true],
    [keys.blockHits("a"), { hits: 1 }, true],
    [keys.access("blocked", "b"), alive, false],
    [keys.blockHits("b"), { hits: 1 }, false],
    [keys.blockHits("d"), { hits: 1 }, true],
    [keys.access("blocked", "c"), { expires_at: null, ip_address: "x" }, false],
    [keys.access("safe", "a"), ended, true],
    [keys.access("safe", "b"), alive, false],
    [keys.accessChange(1), ended, true],
    [keys.accessChange(2), { version: 2 }, false],
    [keys.throttle("login", "a"), { passes: [], ...ended }, true],
    [keys.throttle("login", "b"), { passes: [], ...alive }, false],
    [keys.spray("a"), ended, true],
    [keys.session("1"), session, false],
    [keys.userSession("u", "1"), 1, false],
    [keys.session("2"), { ...session, expires_at: now }, true],
    [keys.userSession("u", "2"), 1, true],
    [keys.session("3"), { ...session, last_seen_at: now - DAY }, true],
    [keys.session("4"), { ...session, kind: "api", last_seen_at: 0 }, false],
    [keys.userSession("u", "gone"), 1, true],
    [keys.device("1"), { ...ended, user_id: "u" }, true],
    [keys.userDevice("u", "1"), 1, true],
    [keys.device("2"), alive, false],
    [keys.userDevice("u", "2"), 1, false],
    [keys.pendingLogin("1"), ended, true],
    [keys.totpSetup("1"), ended, true],
    [keys.setupToken("1"), ended, true],
    [keys.finding("1"), ended, true],
    [keys.findingByTime(1, "1"), ended, true],
    [keys.finding("2"), alive, false],
    [keys.offence("1"), ended, true],
    [keys.hourTotal(1), ended, true],
    [keys.geo("ipinfo", "1"), { expiresAt: now }, true],
    [keys.geo("ipinfo", "2"), { expiresAt: now + 1 }, false],
    [keys.loginLog(now - 40 * DAY, "w", 1), { events: [] }, true],
    [keys.loginLog(now - 20 * DAY, "w", 1), { events: [] }, false],
    [keys.audit(now - 366 * DAY, "1"), {}, true],
    [keys.audit(now - 364 * DAY, "1"), {}, false],
    [keys.rollup("hour", 0), { start: 0, ...ended }, true],
    [keys.whereabouts("ip", 0), {}, true],
    [keys.rollup("day", 0), ended, true],
    [keys.rollup("day", DAY), alive, false],
    [keys.user("u"), { id: "u" }, false],
    [keys.note("a"), { text: "kept" }, false],
  ];
  for (const [key, value] of put) await kv.set(key, value);
  await all({ kv, now: () => now, logRetention: 30 * DAY, maxEntries: 7 });
  for (const [key, , goes] of put) {
    const { versionstamp } = await kv.get(key);
    assertEquals(versionstamp === null, goes, JSON.stringify(key));
  }
});

Deno.test("sweep: what changes while it is judged is left alone", async () => {
  using kv = await Deno.openKv(":memory:");
  const key = keys.access("blocked", "203.0.113.9");
  await kv.set(key, { ip_address: "203.0.113.9", expires_at: START });
  await kv.set(keys.geo("ipinfo", "x"), { expiresAt: START });
  // The address is blocked again between the read and the delete.
  const kinds = KINDS.map((kind) => ({
    ...kind,
    async judge(...args: Parameters<typeof kind.judge>) {
      const verdict = await kind.judge(...args);
      if (args[0].key[0] === "access") {
        await kv.set(key, { ip_address: "203.0.113.9", expires_at: null });
      }
      return verdict;
    },
  }));
  await all({ kv, now: () => START, logRetention: DAY, kinds });
  assert((await kv.get(key)).value !== null);
  assertEquals((await kv.get(keys.geo("ipinfo", "x"))).value, null);
});
