import { HOUR } from "../base/duration.ts";
import { readBaseline } from "./baseline.ts";
import { type EvaluateOptions, loginRange } from "./engine.ts";
import type { JobOptions } from "./job.ts";
import { safelisted } from "./safelisted.ts";
import type { Period } from "./types.ts";

/** The data that rules get in addition to the requests. */
export async function circumstances(
  { kv, now, source, rules, pace, history, verify, isSafelisted }: Omit<
    JobOptions,
    "dryRun" | "respond"
  >,
  period: Period,
): Promise<EvaluateOptions> {
  const hour = Math.floor(period.from / HOUR) * HOUR;
  return {
    pace,
    verify,
    isSafelisted: isSafelisted ?? await safelisted(kv, now()),
    logins: source.logins?.(loginRange(rules, period)),
    baseline: history
      ? history.baseline(hour)
      : await readBaseline(kv, hour, now()),
  };
}
