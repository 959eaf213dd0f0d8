import type { OffenceNames } from "../lists/offence.ts";
import { liftChallenges, temporaryRules } from "../policy/temporary.ts";
import { settleOffence } from "./auto_block.ts";
import { setFindingActive } from "./findings.ts";

/** A challenge that detection made, as its audit entry names it. */
export interface MadeChallenge {
  ip_address: string;
  /** When it was made, which tells it from a later one. */
  at: number;
  /** The findings that led to it. */
  findings: readonly string[];
}

/** Whether the challenge is still in force. */
export async function isChallenged(
  kv: Deno.Kv,
  { ip_address, at }: MadeChallenge,
  now: number,
): Promise<boolean> {
  const { challenged } = await temporaryRules(kv, now);
  return challenged.some((one) => one.ip === ip_address && one.at === at);
}

/**
 * Ends a challenge and resolves its findings; evidence up to now leads neither to another one nor
 * to a block.
 */
export async function undoChallenge(
  kv: Deno.Kv,
  { ip_address, at, findings }: MadeChallenge,
  { by, now, addresses }: {
    by: string;
    now: number;
    addresses?: OffenceNames;
  },
): Promise<void> {
  await liftChallenges(
    kv,
    (one) => one.ip === ip_address && one.at === at,
    now,
  );
  await settleOffence(kv, ip_address, now, { addresses, keepsLevel: true });
  for (const id of findings) {
    await setFindingActive(kv, id, false, {
      ...{ by, now },
      why: "automatic challenge undone",
    });
  }
}
