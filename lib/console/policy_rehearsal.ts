import { createPacer } from "../detection/pacer.ts";
import type { RequestLog } from "../log/request_log.ts";
import { type PolicyRehearsal, rehearsePolicy } from "../policy/rehearse.ts";
import type { ConsoleParts } from "./console_parts.ts";

/** The dependencies of a rehearsal by page or API. */
export interface RehearsalParts
  extends Pick<ConsoleParts, "kv" | "now" | "config" | "addresses" | "lists"> {
  log: Pick<RequestLog, "flush">;
  /** The number of requests answered, which tells a rehearsal whether others wait. */
  metrics: { readonly total: number };
}

/** The rules to rehearse, and their author. */
export interface RehearsalInput {
  rules: readonly unknown[];
  /** Epoch ms. */
  since: number;
  /** The address of the author. */
  from: string;
  /** The time limit, in milliseconds. */
  budgetMs: number;
}

/**
 * Runs rules over the stored log while requests are served: in short pieces that pause while
 * requests wait, and within a time limit.
 *
 * @throws {PolicyError} for invalid rules.
 */
export async function rehearsalAsked(
  { kv, now, config, addresses, lists, log, metrics }: RehearsalParts,
  { rules, since, from, budgetMs }: RehearsalInput,
): Promise<PolicyRehearsal> {
  // Records that this process has not written yet count, too.
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
