import type { SettledUntil } from "./counter.ts";
import { readIndex } from "./finding_index.ts";

/** What a run of the rules needs to know about existing findings. */
export interface Standing {
  /** How many findings have not expired. */
  total: number;
  /** The ids of all stored findings, including expired ones. */
  ids: Set<string>;
  settledUntil: SettledUntil | undefined;
  /** Changes with each further resolution. */
  settledStamp: string;
}

/** Reads which evidence since `from` is resolved. */
export async function readStanding(
  kv: Deno.Kv,
  from: number,
  now: number,
): Promise<Standing> {
  const settled = new Map<string, Map<string, number>>();
  const ids = new Set<string>();
  let total = 0;
  let count = 0;
  let last = 0;
  for await (const { key, value } of readIndex(kv)) {
    ids.add(key.at(-1) as string);
    if (value.expires_at <= now) continue;
    total++;
    if (value.resolved_at === null || value.resolved_at < from) continue;
    count++;
    last = Math.max(last, value.resolved_at);
    let subjects = settled.get(value.rule);
    if (!subjects) settled.set(value.rule, subjects = new Map());
    subjects.set(value.ip_address, value.resolved_at);
  }
  return {
    total,
    ids,
    settledStamp: `${count} ${last}`,
    settledUntil: settled.size === 0
      ? undefined
      : (rule, subject) => settled.get(rule)?.get(subject),
  };
}
