import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import { keys } from "../store/keys.ts";
import { offenders } from "./auto_block.ts";
import type { Finding } from "./finding.ts";
import {
  BLOCK_DURATIONS,
  nextLevel,
  type OffenceNames,
  readOffence,
} from "../lists/offence.ts";

/** A block that `AUTO_BLOCK=on` would have made. */
export interface Suggestion {
  ip_address: string;
  /** In milliseconds. */
  durationMs: number;
  finding: Finding;
}

/**
 * The blocks that `AUTO_BLOCK=suggest` proposes for findings: of addresses that are not blocked
 * yet.
 */
export async function suggestions(
  kv: Deno.Kv,
  findings: readonly Finding[],
  now: number,
  addresses?: OffenceNames,
  rules: readonly string[] | null = null,
): Promise<Suggestion[]> {
  const found: Suggestion[] = [];
  for (
    const [ip_address, causes] of offenders(
      findings,
      now,
      addresses,
      rules,
    )
  ) {
    const { value } = await kv.get<AccessEntry>(
      keys.access("blocked", ip_address),
    );
    if (value && isLive(value, now)) continue;
    const offence = await readOffence(kv, ip_address, now, addresses);
    found.push({
      ip_address,
      durationMs: BLOCK_DURATIONS[nextLevel(offence.value, now)]!,
      finding: causes.toSorted((a, b) => b.score - a.score)[0]!,
    });
  }
  return found;
}
