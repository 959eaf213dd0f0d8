/**
 * One run of the detection job of `deno task detect`: `detect.ts <store> <records>`; prints time
 * and memory as JSON.
 */
import { parseConfig } from "../lib/settings/config.ts";
import { runDetection } from "../lib/detection/job.ts";
import { jobOptions } from "../lib/detection/job_options.ts";
import { HOUR_END, thresholdOf } from "./offenders.ts";
import { memory, processorMs } from "./process.ts";

/** Measurements of one run of the job. */
export interface Run {
  seconds: number;
  processorMs: number;
  /** Peak memory before it and in total, MB. */
  before: number;
  most: number;
  flagged: number;
}

if (import.meta.main) {
  const [kvPath, records] = Deno.args;
  console.log(JSON.stringify(await detect(kvPath!, Number(records))));
}

async function detect(kvPath: string, records: number): Promise<Run> {
  using kv = await Deno.openKv(kvPath);
  const options = await jobOptions({
    kv,
    now: () => HOUR_END,
    config: parseConfig({
      SUSPICIOUS_REQUEST_THRESHOLD: String(thresholdOf(records)),
      GEO_PROVIDER: "off",
    }),
  });
  const before = memory("VmHWM");
  const used = processorMs(Deno.pid);
  const started = performance.now();
  const { flagged, examined } = await runDetection(options);
  if (examined !== records) {
    throw new Error(`Examined ${examined} of ${records} records`);
  }
  return {
    seconds: (performance.now() - started) / 1_000,
    processorMs: processorMs(Deno.pid) - used,
    before,
    most: memory("VmHWM"),
    flagged,
  };
}
