import { assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { FollowUp } from "../../lib/app/follow_up.ts";

/** Runs until `runs` reaches the number, or a second has passed. */
async function runsOf(
  took: (number | null | Error)[],
  options: { withinMs?: number; signal?: AbortSignal } = {},
): Promise<number> {
  let runs = 0;
  const follow = new FollowUp({
    everyMs: 5,
    withinMs: 10_000,
    ...options,
    run() {
      const next = took[runs++] ?? null;
      return next instanceof Error
        ? Promise.reject(next)
        : Promise.resolve(next);
    },
  });
  follow.begin(0);
  await delay(200);
  return runs;
}

Deno.test("FollowUp: does it again until there is nothing more to do", async () => {
  assertEquals(await runsOf([0, 0, null, 0]), 3);
});

Deno.test("FollowUp: what fails is left to the next minute", async () => {
  assertEquals(await runsOf([0, new Error("no"), 0]), 2);
});

Deno.test("FollowUp: what takes long is not done again so soon", async () => {
  assertEquals(await runsOf([600_000, 0, 0]), 1);
});

Deno.test("FollowUp: what took seconds, on a machine under attack, is done again within half a minute", () => {
  const waits: number[] = [];
  using _timer = stub((wait) => waits.push(wait));
  for (const took of [10, 1_000, 3_000, 4_000, 20_000, 30_000]) {
    new FollowUp({ run: () => Promise.resolve(null) }).begin(took);
  }
  assertEquals(waits, [15_000, 15_000, 24_000, 25_000, 25_000]);
});

/** Timers that never fire, with a record of them. */
function stub(told: (wait: number) => void): Disposable {
  const { setTimeout, clearTimeout } = globalThis;
  globalThis.setTimeout = ((_: unknown, wait: number) => {
    told(wait);
    return 0;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = () => {};
  return {
    [Symbol.dispose]() {
      Object.assign(globalThis, { setTimeout, clearTimeout });
    },
  };
}

Deno.test("FollowUp: nothing begins after its time", async () => {
  assertEquals(await runsOf([0, 0, 0], { withinMs: 1 }), 0);
});

Deno.test("FollowUp: an abort ends it", async () => {
  const stop = new AbortController();
  const runs = runsOf([0, 0, 0], { signal: stop.signal });
  stop.abort();
  assertEquals(await runs, 0);
});

Deno.test("FollowUp: nothing begins after an abort, whatever was under way", async () => {
  const stop = new AbortController();
  stop.abort();
  assertEquals(await runsOf([0, 0, 0], { signal: stop.signal }), 0);
});
