import { assertEquals } from "@std/assert";
import { createPacer } from "../../lib/detection/pacer.ts";

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

Deno.test("pacer: short work is not held up", () => {
  const pace = createPacer({ sliceMs: 1_000 });
  for (let n = 0; n < 100; n++) assertEquals(pace(), undefined);
});

Deno.test("pacer: between slices others get their turn", async () => {
  const pace = createPacer({ sliceMs: 2 });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  for (let n = 0; n < 20; n++) {
    work(3);
    await pace();
  }
  clearInterval(timer);
  assertEquals(turns >= 5, true, `${turns} turns`);
});

Deno.test("pacer: where others are busy, the work takes the smaller part", async () => {
  const pace = createPacer({ sliceMs: 2, rest: 4 });
  let others = 0;
  let busy = true;
  const serve = () => {
    if (!busy) return;
    work(1);
    others++;
    setTimeout(serve, 0);
  };
  serve();
  const started = performance.now();
  let worked = 0;
  for (let n = 0; n < 15; n++) {
    const before = performance.now();
    work(3);
    worked += performance.now() - before;
    await pace();
  }
  busy = false;
  const took = performance.now() - started;
  assertEquals(worked < took * 0.7, true, `${worked} of ${took} ms`);
  assertEquals(others > 10, true);
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("pacer: requests that were answered meanwhile are load, however quick they were", async () => {
  let answered = 0;
  const pace = createPacer({ sliceMs: 2, rest: 5, answered: () => answered });
  const timed = async (requests: number) => {
    const started = performance.now();
    for (let n = 0; n < 10; n++) {
      work(3);
      answered += requests;
      await pace();
    }
    return performance.now() - started;
  };
  const idle = await timed(0);
  const busy = await timed(1);
  assertEquals(busy > idle + 100, true, `${idle} ms idle, ${busy} ms busy`);
});
