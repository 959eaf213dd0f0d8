import type { Check } from "./doctor.ts";
import { spanText } from "../base/duration.ts";
import type { AccessChange } from "../lists/access_entry.ts";
import { keys } from "../store/keys.ts";
import type { DoctorContext } from "./context.ts";

/** More entries than this are not counted one by one. */
const MAX_COUNTED = 10_000;
/** Every process looks twice a second. */
const MAX_AGE_MS = 5_000;

/** How many entries there are, when they last changed, and how fresh a server's copy is. */
export async function checkLists(
  { kv, now, running }: DoctorContext,
): Promise<Check | null> {
  const title = "Lists";
  if (running?.lists.stale) {
    return {
      level: "bad",
      title,
      detail: `The last known lists are in use, ${
        age(running, now())
      } old; KV failed: ${running.lists.error}`,
    };
  }
  if (kv === null) return null;
  const counts = running
    ? [running.lists.sizes.blocked, running.lists.sizes.safe]
    : await Promise.all([count(kv, "blocked"), count(kv, "safe")]);
  const [blocked, safe] = counts.map((n) =>
    n > MAX_COUNTED && !running ? `more than ${MAX_COUNTED}` : `${n}`
  );
  const { value: version } = await kv.get<number>(keys.accessVersion());
  const change = version === null
    ? null
    : (await kv.get<AccessChange>(keys.accessChange(version))).value;
  const at = change?.put[0]?.entry.created_at;
  const changed = version === null
    ? "never changed"
    : change === null
    ? "last changed more than a day ago"
    : at === undefined
    ? `the last change removed an entry (change ${version})`
    : `last changed ${spanText(now() - at)} ago`;
  const detail = `${blocked} blocked, ${safe} on the safelist; ${changed}.`;
  if (!running) return { level: "ok", title, detail };
  const old = now() - running.lists.lookedAt;
  return old > MAX_AGE_MS
    ? {
      level: "warn",
      title,
      detail: `${detail} This process last saw them ${
        age(running, now())
      } ago.`,
    }
    : { level: "ok", title, detail: `${detail} Seen ${old} ms ago.` };
}

function age(
  { lists }: NonNullable<DoctorContext["running"]>,
  now: number,
): string {
  return spanText(now - lists.lookedAt);
}

async function count(kv: Deno.Kv, list: "blocked" | "safe"): Promise<number> {
  const entries = kv.list({ prefix: keys.accessAll(list) }, {
    batchSize: 1_000,
    limit: MAX_COUNTED + 1,
  });
  let n = 0;
  for await (const _ of entries) n++;
  return n;
}
