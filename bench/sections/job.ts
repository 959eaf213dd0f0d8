import type { Run } from "../detect.ts";
import { type Figure, figure } from "../figure.ts";
import { type Load, load } from "../load.ts";
import { median, short } from "../numbers.ts";
import { HOUR_END, offendersHour, thresholdOf } from "../offenders.ts";
import { child, newStore } from "../process.ts";
import { byTurns, rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";
import { storeRequests } from "../store_requests.ts";
import { startVariant } from "../variant.ts";

/** Time, processor and memory of the job by the size of its hour; and its effect on requests. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const sizes = options.quick ? [1e5] : [1e5, 1e6, 5e6];
  const loaded = options.quick ? 1e5 : 1e6;
  const figures: Figure[] = [];
  for (const records of sizes) {
    const kvPath = newStore(options);
    {
      using kv = await Deno.openKv(kvPath);
      await storeRequests(kv, offendersHour(records), {
        expiresAt: HOUR_END * 2,
        writtenAt: HOUR_END,
      });
    }
    const times = options.quick ? 1 : 3;
    const firsts = await rounds(times, () => detectCopy(kvPath, records));
    const once = () => detect(kvPath, records);
    await once();
    const again = await rounds(times, once);
    const pick = (value: (run: Run) => number) => again.map(value);
    const first = firsts[0]!;
    const size = `${short(records)} records`;
    const isJudged = records === 1e6;
    figures.push(
      figure(
        `${size}: found for the first time`,
        "s",
        firsts.map(({ seconds }) => seconds),
        {
          goal: isJudged ? ["≤", 2] : undefined,
          note: `${short(first.flagged)} findings, processor ${
            short(median(firsts.map((run) => run.processorMs / 1_000)))
          } s`,
        },
      ),
      figure(`${size}: found again`, "s", pick(({ seconds }) => seconds), {
        note: `processor ${
          short(median(pick((run) => run.processorMs / 1_000)))
        } s`,
      }),
      figure(`${size}: memory at most`, "MB", pick(({ most }) => most), {
        goal: isJudged ? ["≤", 200] : undefined,
        note: `${short(median(pick(({ before }) => before)))} MB before`,
      }),
    );
    if (records === loaded) {
      const alone = median(pick((run) => run.processorMs));
      figures.push(...await underLoad(options, kvPath, records, alone));
    }
    await Deno.remove(kvPath);
  }
  return figures;
}

/** On a copy of the store without findings. */
async function detectCopy(kvPath: string, records: number): Promise<Run> {
  const copy = `${kvPath}.copy`;
  await Deno.copyFile(kvPath, copy);
  try {
    return await detect(copy, records);
  } finally {
    await Deno.remove(copy);
  }
}

function detect(kvPath: string, records: number): Promise<Run> {
  // As in deno.json's `detect`: a large young generation only holds garbage.
  const flags = ["--v8-flags=--max-semi-space-size=4"];
  return child<Run>("detect.ts", [kvPath, String(records)], flags);
}

/** A guarded server under full load, alternately with and without the job in its process. */
async function underLoad(
  options: BenchOptions,
  kvPath: string,
  records: number,
  processorAlone: number,
): Promise<Figure[]> {
  await using server = await startVariant("guarded", {
    KV_PATH: kvPath,
    GEO_PROVIDER: "off",
    SUSPICIOUS_REQUEST_THRESHOLD: String(thresholdOf(records)),
  });
  const seconds = options.quick ? 0.5 : 3;
  const jobs: number[] = [];
  const ask = () => load(`${server.origin}/text`, { seconds });
  async function askDuringJob(): Promise<Load> {
    let isOver = false;
    const repeat = (async () => {
      while (!isOver) {
        // The load's own records are in another hour than the analysed one.
        const answer = await fetch(`${server.origin}/detect?at=${HOUR_END}`);
        jobs.push((await answer.json()).took_ms);
      }
    })();
    const measured = await ask();
    isOver = true;
    await repeat;
    return measured;
  }
  // The first responses of a process are slow.
  await ask();
  const { of, to, values } = await byTurns(
    options,
    askDuringJob,
    ask,
    (during, alone) => during.rps / alone.rps,
    { quick: 1 },
  );
  const pair = (pick: (load: Load) => number) =>
    [of, to].map((all) => short(median(all.map(pick)))).join(" : ");
  return [
    figure(
      `requests during the job ÷ without, ${short(records)}`,
      "×",
      values,
      {
        goal: ["≥", 0.7],
        note: `${pair(({ rps }) => rps)} requests/s, p99 ${
          pair(({ p99 }) => p99)
        } ms`,
      },
    ),
    figure(
      "the job's share of a core meanwhile",
      "×",
      jobs.map((ms) => processorAlone / ms),
      { note: `it takes ${short(median(jobs) / 1_000)} s then` },
    ),
  ];
}
