import { deadline } from "../base/delay.ts";
import type { Check } from "./doctor.ts";
import { spanText } from "../base/duration.ts";
import { keys } from "../store/keys.ts";
import { isKvFile } from "../store/open.ts";
import { RELEASED_AT } from "../base/version.ts";
import type { DoctorContext } from "./context.ts";

/** Codes of second factors hold for 30 s, a limit's window for a minute. */
const MAX_DRIFT_MS = 5_000;
/** Processes need not agree to the second, and the key of a block may name the end of its minute. */
const MAX_AHEAD_MS = 120_000;
const ANSWER_MS = 2_000;
const TITLE = "Clock";
const FIX = "timedatectl set-ntp true";

/**
 * Compares the system's clock with times that cannot be in its future (this version's release,
 * stored times), with the monotonic clock, and with that of a KV Connect server.
 */
export async function checkClock(context: DoctorContext): Promise<Check> {
  const { now, clocks } = context;
  const at = now();
  const bad = (detail: string): Check => ({
    level: "bad",
    title: TITLE,
    detail,
    fix: FIX,
  });
  if (at < RELEASED_AT && clocks.wall() < RELEASED_AT) {
    return {
      ...bad(`It says ${iso(at)}, which is before this version was built.`),
      level: "warn",
    };
  }
  const looked = ["after this version was built"];
  if (context.kv) {
    const newest = await newestRecord(context.kv);
    if (newest !== null && newest - at > MAX_AHEAD_MS) {
      return bad(
        `It says ${iso(at)}, but requests were logged at ${
          iso(newest)
        }: it was set back, or the clock of another machine is ahead.`,
      );
    }
    if (newest !== null) looked.push("not before the newest request stored");
  }
  const jumped = clocks.wall() - clocks.steady();
  if (Math.abs(jumped) > MAX_DRIFT_MS) {
    return {
      level: "warn",
      title: TITLE,
      detail: `It has jumped ${jumped > 0 ? "ahead" : "back"} by ${
        span(jumped)
      } since this process started, or the machine was suspended: limits and blocks then ended early or late.`,
      fix: FIX,
    };
  }
  looked.push("no jump since this process started");
  const drift = await driftOfKv(context);
  if (drift !== null && Math.abs(drift) > MAX_DRIFT_MS) {
    return {
      level: "warn",
      title: TITLE,
      detail: `It is ${span(drift)} ${
        drift > 0 ? "ahead of" : "behind"
      } that of the KV server.`,
      fix: FIX,
    };
  }
  if (drift !== null) looked.push("the clock of the KV server agrees");
  return {
    level: "ok",
    title: TITLE,
    detail: `${iso(at)}: ${looked.join(", ")}.`,
  };
}

async function newestRecord(kv: Deno.Kv): Promise<number | null> {
  const list = kv.list({ prefix: keys.requestLogAll() }, {
    reverse: true,
    limit: 1,
  });
  for await (const { key } of list) return Number(key[1]);
  return null;
}

/** How far we are ahead of the server's `Date`, in ms; null if it sends none. */
async function driftOfKv(
  { config: { kvPath }, clocks }: DoctorContext,
): Promise<number | null> {
  if (isKvFile(kvPath) || !/^https?:/i.test(kvPath)) return null;
  const stop = new AbortController();
  try {
    const asked = clocks.wall();
    const response = await deadline(
      fetch(kvPath, {
        method: "HEAD",
        redirect: "manual",
        signal: stop.signal,
      }),
      ANSWER_MS,
    );
    await response.body?.cancel();
    const date = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(date)) return null;
    // `Date` has whole seconds.
    const between = (asked + clocks.wall()) / 2;
    const off = between - date;
    return off > 0 ? Math.max(0, off - 1_000) : off;
  } catch {
    // Whether KV answers is another check.
    return null;
  } finally {
    stop.abort();
  }
}

const iso = (ms: number) => new Date(ms).toISOString();
const span = (ms: number) => spanText(Math.abs(ms));
