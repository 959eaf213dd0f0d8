import { assertEquals } from "@std/assert";
import { countingKv, type KvUnits } from "../../bench/counting_kv.ts";

const bytes = (count: number) => new Uint8Array(count);

/** The cost of an operation on a store with 10 values of 300 bytes. */
async function taken(
  run: (kv: Deno.Kv) => Promise<unknown>,
): Promise<KvUnits> {
  using real = await Deno.openKv(":memory:");
  for (let i = 0; i < 10; i++) await real.set(["small", i], bytes(300));
  const { kv, units } = countingKv(real);
  await run(kv);
  return units;
}

/** A key of 4 bytes as stored. */
const KEY = ["ab"];

Deno.test("countingKv() counts writes by each KiB, begun, of a whole request", async () => {
  const cases: [string, (kv: Deno.Kv) => Promise<unknown>, number][] = [
    ["1,020 bytes and the key", (kv) => kv.set(KEY, bytes(1_020)), 1],
    ["one more", (kv) => kv.set(KEY, bytes(1_021)), 2],
    ["a delete", (kv) => kv.delete(KEY), 1],
    [
      "two in one, together under 1 KiB",
      (kv) => kv.atomic().set(["a"], 1).set(["b"], 1).commit(),
      1,
    ],
    [
      "ten of 300 bytes in one",
      (kv) => {
        const atomic = kv.atomic();
        for (let i = 0; i < 10; i++) atomic.set(["x", i], bytes(300));
        return atomic.commit();
      },
      4,
    ],
    [
      "sums and deletes",
      (kv) => kv.atomic().sum(["n"], 1n).max(["m"], 1n).delete(KEY).commit(),
      1,
    ],
    [
      "a check alone",
      (kv) => kv.atomic().check({ key: KEY, versionstamp: null }).commit(),
      0,
    ],
  ];
  for (const [name, run, writes] of cases) {
    assertEquals(await taken(run), { reads: 0, writes }, name);
  }
});

Deno.test("countingKv() counts reads by each 4 KiB, begun, of what a request brings", async () => {
  const list = (options: Deno.KvListOptions) => (kv: Deno.Kv) =>
    Array.fromAsync(kv.list({ prefix: ["small"] }, options));
  const cases: [string, (kv: Deno.Kv) => Promise<unknown>, number][] = [
    ["what is not there", (kv) => kv.get(["none"]), 1],
    ["one", (kv) => kv.get(["small", 1]), 1],
    ["two at once", (kv) => kv.getMany([["small", 1], ["none"]]), 1],
    ["ten rows of 300 bytes", list({}), 1],
    ["in batches of four", list({ batchSize: 4 }), 3],
    ["in batches of five, and once in vain", list({ batchSize: 5 }), 3],
    [
      "a large one",
      async (kv) => {
        await kv.set(["big"], bytes(9_000));
        await kv.get(["big"]);
      },
      3,
    ],
  ];
  for (const [name, run, reads] of cases) {
    assertEquals((await taken(run)).reads, reads, name);
  }
});
