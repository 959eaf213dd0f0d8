/**
 * The cost of a day's requests: calculated, and counted in a simulation of some hours.
 *
 * deno run -A --unstable-kv --unstable-cron bench/scale.ts [REQUESTS_A_DAY [HOURS]]
 *
 * Without arguments it prints the tables of docs/scale.md and docs/deploy.md, which takes a while.
 *
 * @module
 */
import { short } from "./numbers.ts";
import { onPaper } from "./scale_on_paper.ts";
import { simulate, type Simulated } from "./simulate.ts";

const DAY_MINUTES = 24 * 60;
/** Rates, and the number of hours simulated for each. */
const RUNS: readonly [requestsADay: number, hours: number][] = [
  [0, 1],
  [1_000, 1],
  [100_000, 1],
  [1_000_000, 24],
  [10_000_000, 1],
  [100_000_000, 1],
];
/** Each instance polls for changes of the lists twice a second. */
const POLLS_A_DAY = 2 * 86_400;

function perDay(count: number, { minutes }: Simulated): number {
  return count / minutes * DAY_MINUTES;
}

function dayOf(requestsADay: number, run: Simulated) {
  const paper = onPaper(requestsADay);
  const { log, jobs } = run;
  const perRequest = (ms: number) => ms / Math.max(1, run.requests) * 1_000;
  return {
    "requests a day": requestsADay.toLocaleString("en"),
    "simulated h": run.minutes / 60,
    "commits": short(perDay(log.commits, run)),
    "on paper": short(paper.commits),
    "written MB": short(perDay(log.bytesWritten, run) / 1e6),
    "on paper, MB": short(paper.bytesWritten / 1e6),
    "kept MB": short(perDay(run.logBytes, run) / 1e6),
    "on paper, kept MB": short(paper.bytesKept / 1e6),
    "jobs' commits": short(perDay(jobs.commits, run)),
    "jobs read MB": short(perDay(jobs.bytesRead, run) / 1e6),
    "log µs/request": short(perRequest(log.cpuMs)),
    "jobs s/h": short(jobs.cpuMs / run.minutes * 60 / 1_000),
    "slowest": `${run.slowest.job} ${short(run.slowest.ms)} ms`,
  };
}

function monthOf(requestsADay: number, run: Simulated) {
  const millions = (count: number) => short(perDay(count, run) * 30 / 1e6);
  return {
    "requests a day": requestsADay.toLocaleString("en"),
    "invocations by cron": (30 * DAY_MINUTES).toLocaleString("en"),
    "read units, millions": millions(
      run.log.units.reads + run.jobs.units.reads,
    ),
    "of polls, per instance awake": short(POLLS_A_DAY * 30 / 1e6),
    "write units, millions": millions(
      run.log.units.writes + run.jobs.units.writes,
    ),
  };
}

if (import.meta.main) {
  const [requests, hours] = Deno.args.map(Number);
  const runs = requests === undefined
    ? RUNS
    : [[requests, hours ?? 1]] as const;
  const days = [];
  const months = [];
  for (const [requestsADay, hours] of runs) {
    const run = await simulate({
      requestsADay,
      minutes: hours * 60,
      onHour: (done) =>
        console.error(`${requestsADay.toLocaleString("en")} a day: ${done} h`),
    });
    days.push(dayOf(requestsADay, run));
    months.push(monthOf(requestsADay, run));
  }
  console.log("A day:");
  for (const day of days) console.log(JSON.stringify(day, null, 1));
  console.log("A month on Deno Deploy:");
  console.table(months);
  Deno.exit(0);
}
