import hosting from "./hosting.json" with { type: "json" };
import type { NetworkOperator } from "./operator_table.ts";

const LISTED: ReadonlySet<number> = new Set(
  Object.values(hosting.operators).flat(),
);
const NAMED = new RegExp(`\\b(?:${hosting.words.join("|")})\\b`, "i");

/**
 * Whether an operator is a hosting provider: by a table of the large ones with a reason each, or by
 * the operator's name.
 */
export function isHosting({ asn, name }: NetworkOperator): boolean {
  return LISTED.has(asn) || NAMED.test(name);
}
