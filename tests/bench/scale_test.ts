import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { onPaper } from "../../bench/scale_on_paper.ts";
import { simulate } from "../../bench/simulate.ts";

const DAY_MINUTES = 24 * 60;

Deno.test("what a day of requests costs on paper is what a simulation counts", async () => {
  for (
    const [requestsADay, minutes] of [
      [100_000, 5],
      [2_000_000, 2],
      [50_000_000, 1],
    ] as const
  ) {
    const { log, jobs, ...run } = await simulate({ requestsADay, minutes });
    const paper = onPaper(requestsADay);
    const share = DAY_MINUTES / minutes;
    const agree = (counted: number, onPaper: number, what: string) =>
      assertAlmostEquals(
        counted * share / onPaper,
        1,
        0.2,
        `${what} of ${requestsADay}: ${counted * share}, on paper ${onPaper}`,
      );
    assertEquals(run.requests, Math.floor(requestsADay / share));
    agree(log.commits, paper.commits, "commits");
    agree(log.bytesWritten, paper.bytesWritten, "bytes written");
    agree(run.logBytes, paper.bytesKept, "bytes kept");
    assert(jobs.commits > 0 && jobs.reads > 0, "the jobs have run");
  }
});
