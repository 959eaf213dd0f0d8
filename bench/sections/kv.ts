import { type Figure, figure } from "../figure.ts";
import { newStore, processorMs } from "../process.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";

const BATCH = 500;
/** A value of about the size of a full chunk of the request log. */
const BLOCK = new Uint8Array(60_000).map((_, i) => i * 31);

/** The store alone, one caller, one operation after another. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  using kv = await Deno.openKv(newStore(options));
  const seconds = options.quick ? 0.1 : 0.5;
  const times = options.quick ? 2 : 5;
  let n = 0;

  /** Runs `operate` repeatedly for some time, and returns its operations per second. */
  async function rate(
    name: string,
    unit: string,
    count: number,
    operate: () => Promise<unknown>,
  ): Promise<Figure> {
    let micros = 0;
    const all = await rounds(times, async () => {
      const before = processorMs(Deno.pid);
      const started = performance.now();
      let done = 0;
      while (performance.now() - started < seconds * 1_000) {
        await operate();
        done += count;
      }
      const took = performance.now() - started;
      micros = (processorMs(Deno.pid) - before) / done * 1_000;
      return done / took * 1_000;
    });
    const note = `${micros.toFixed(micros < 10 ? 1 : 0)} µs of processor each`;
    return figure(name, unit, all, { note });
  }

  const atomic = (
    count: number,
    add: (commit: Deno.AtomicOperation, n: number) => unknown,
  ) =>
  () => {
    const commit = kv.atomic();
    for (let i = 0; i < count; i++) add(commit, n++);
    return commit.commit();
  };
  const set = (commit: Deno.AtomicOperation, n: number) =>
    commit.set(["row", n], { name: "value", n });
  return [
    await rate("atomic writes of one key", "/s", 1, atomic(1, set)),
    await rate(
      `keys written in atomics of ${BATCH}`,
      "/s",
      BATCH,
      atomic(BATCH, set),
    ),
    await rate(
      "values of 60 kB written in atomics of 10",
      "/s",
      10,
      atomic(10, (commit, n) => commit.set(["block", n % 200], BLOCK)),
    ),
    await rate(
      "gets, one after the other",
      "/s",
      1,
      () => kv.get(["row", n++ % BATCH]),
    ),
    await rate(
      "rows listed, 1,000 to a batch",
      "/s",
      5_000,
      () =>
        Array.fromAsync(
          kv.list({ prefix: ["row"] }, { batchSize: 1_000, limit: 5_000 }),
        ),
    ),
    await rate("values of 60 kB listed", "/s", 100, () =>
      Array.fromAsync(
        kv.list({ prefix: ["block"] }, { batchSize: 100, limit: 100 }),
      )),
  ];
}
