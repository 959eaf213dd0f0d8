import { assertEquals } from "@std/assert";
import { isWanted, takeLease } from "../../lib/store/lease.ts";
import { tempKv } from "./records.ts";

function clock(start = 1_000_000_000_000) {
  const time = { now: () => time.ms, ms: start };
  return time;
}

Deno.test("lease: of many at once, in two processes, one takes it", async () => {
  await using temp = await tempKv();
  using other = await Deno.openKv(temp.path);
  const { now } = clock();
  const taken = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      takeLease({
        kv: n % 2 ? temp.kv : other,
        job: "test",
        now,
        holdMs: 60_000,
      })),
  );
  assertEquals(taken.filter((lease) => lease !== null).length, 1);
});

Deno.test("lease: given back, or expired though its row is still there, it can be taken", async () => {
  using kv = await Deno.openKv(":memory:");
  const time = clock();
  const options = { kv, job: "test", now: time.now, holdMs: 1_000 };
  const first = await takeLease(options);
  assertEquals(await takeLease(options), null);
  await first!.release();
  const second = await takeLease(options);
  assertEquals(second === null, false);
  time.ms += 999;
  assertEquals(await takeLease(options), null);
  time.ms += 1;
  assertEquals(await takeLease(options) === null, false);
});

Deno.test("lease: who lost it commits nothing and releases nothing", async () => {
  using kv = await Deno.openKv(":memory:");
  const time = clock();
  const options = { kv, job: "test", now: time.now, holdMs: 1_000 };
  const slow = await takeLease(options);
  assertEquals(await slow!.commit((commit) => commit.set(["x"], 1)), true);
  time.ms += 1_000;
  const quick = await takeLease(options);
  assertEquals(await slow!.commit((commit) => commit.set(["x"], 2)), false);
  await slow!.release();
  assertEquals(await quick!.commit((commit) => commit.set(["x"], 3)), true);
  assertEquals((await kv.get(["x"])).value, 3);
});

Deno.test("lease: a commit prolongs it", async () => {
  using kv = await Deno.openKv(":memory:");
  const time = clock();
  const options = { kv, job: "test", now: time.now, holdMs: 1_000 };
  const lease = await takeLease(options);
  time.ms += 900;
  await lease!.commit(() => {});
  time.ms += 900;
  assertEquals(await takeLease(options), null);
});

Deno.test("lease: one taken while the clock was a year ahead does not last a year", async () => {
  using kv = await Deno.openKv(":memory:");
  const time = clock(2_000_000_000_000);
  const options = { kv, job: "test", now: time.now, holdMs: 1_000 };
  await takeLease(options);
  time.ms -= 31_536_000_000;
  assertEquals(await takeLease(options) === null, false);
});

Deno.test("lease: given back by a named owner, it tells for a while who had it last, and anybody can take it", async () => {
  using kv = await Deno.openKv(":memory:");
  const time = clock();
  const options = { kv, job: "test", now: time.now, holdMs: 1_000 };
  const wanted = (owner: string) => isWanted({ ...options, owner });
  assertEquals(await wanted("b"), false);
  const first = await takeLease({ ...options, owner: "a" });
  assertEquals(await takeLease({ ...options, owner: "b" }), null);
  await first!.release();
  assertEquals([await wanted("a"), await wanted("b")], [false, true]);
  time.ms += 75_000;
  assertEquals(await wanted("b"), false);
  const second = await takeLease({ ...options, owner: "b" });
  assertEquals(second === null, false);
  await second!.release();
  assertEquals([await wanted("a"), await wanted("b")], [true, false]);
});
