import { messageOf } from "../base/error_words.ts";
import {
  type Check,
  checkConfig,
  checkGeo,
  checkLog,
  checkStore,
} from "./doctor.ts";
import { deadline } from "../base/delay.ts";
import { keys } from "../store/keys.ts";
import { checkAlerts } from "./alerts.ts";
import { checkAtRest } from "./at_rest.ts";
import { checkClock } from "./clock.ts";
import type { DoctorCheck, DoctorContext } from "./context.ts";
import { checkDisk } from "./disk.ts";
import { checkFresh } from "./fresh.ts";
import { checkJobs } from "./jobs.ts";
import { checkLoginPaths } from "./login_paths.ts";
import { checkLists } from "./lists.ts";
import { checkBackup, checkSchema, checkWrite } from "./store.ts";
import { checkVersions } from "./versions.ts";

/** Everything that is looked at, in the order that it is shown in. To add a check, add it here. */
const CHECKS: readonly DoctorCheck[] = [
  ({ config }) => checkConfig(config),
  () => checkVersions(),
  ({ askJsr }) => checkFresh(askJsr),
  checkClock,
  checkDisk,
  checkAtRest,
  checkWrite,
  checkSchema,
  checkLists,
  ({ kv, now, config }) => kv && checkStore(kv, now, config),
  checkJobs,
  checkLoginPaths,
  checkAlerts,
  ({ running }) => running && checkLog(running.log),
  ({ geo, now }) => geo && checkGeo(geo, now()),
  checkBackup,
];

const CHECK_MS = 10_000;
const ANSWER_MS = 2_000;

/** Options for {@linkcode examine}. */
export type ExamineOptions =
  & Pick<DoctorContext, "config" | "kv">
  & Partial<DoctorContext>;

/** Looks at everything. A check that fails is a line of its own; this never rejects. */
export async function examine(options: ExamineOptions): Promise<Check[]> {
  const context: DoctorContext = {
    now: Date.now,
    running: null,
    geo: null,
    askJsr: null,
    clocks: {
      wall: Date.now,
      steady: () => performance.timeOrigin + performance.now(),
    },
    ...options,
  };
  const unreachable = context.kv && await readFailure(context.kv);
  if (unreachable) context.kv = null;
  const found = await Promise.all(CHECKS.map(async (check) => {
    try {
      return await deadline(Promise.resolve(check(context)), CHECK_MS) ?? [];
    } catch (error) {
      const name = check.name || "A check";
      return [bad(`${name} failed`, error)];
    }
  }));
  return [...unreachable ? [unreachable] : [], ...found.flat()];
}

/** What depends on the store need not wait for it one by one. */
async function readFailure(kv: Deno.Kv): Promise<Check | null> {
  try {
    await deadline(kv.get(keys.schemaVersion()), ANSWER_MS);
    return null;
  } catch (error) {
    return bad("KV answers", error);
  }
}

function bad(title: string, error: unknown): Check {
  const detail = messageOf(error);
  return { level: "bad", title, detail };
}
