import { createPacer } from "../detection/pacer.ts";
import type { RequestLog } from "../log/request_log.ts";
import { type PolicyRehearsal, rehearsePolicy } from "../policy/rehearse.ts";
import type { ConsoleParts } from "./console_parts.ts";

/** What a rehearsal by page or API runs on. */
export interface RehearsalParts
  extends Pick<ConsoleParts, "kv" | "now" | "config" | "addresses" | "lists"> {
  log: Pick<RequestLog, "flush">;
  /** How many requests were answered, by which a rehearsal knows that others wait. */
  metrics: { readonly total: number };
}

/** What is to be rehearsed, and for whom. */
export interface RehearsalInput {
  rules: readonly unknown[];
  /** Epoch ms. */
  since: number;
  /** The address that the order comes from. */
  from: string;
  /** How long it may take, in milliseconds. */
  budgetMs: number;
}

/**
 * Runs rules over the stored log beside the requests that are served: in short pieces, which rest
 * while others wait, and for so long at most.
 *
 * @throws {PolicyError} where the rules do not hold.
 */
export async function rehearsalAsked(
  { kv, now, config, addresses, lists, log, metrics }: RehearsalParts,
  { rules, since, from, budgetMs }: RehearsalInput,
): Promise<PolicyRehearsal> {
  // What this process still holds belongs to it, too.
  await log.flush();
  return await rehearsePolicy({
    ...{ kv, now, rules, since, budgetMs },
    ipv6Prefix: config.ipv6Prefix,
    you: addresses.formsOf(from),
    hasAddresses: config.privacyIp === "full",
    isSafe: (ip) => lists.match(ip, now())?.kind === "safe",
    pace: createPacer({ answered: () => metrics.total }),
  });
}
