import hosting from "./hosting.json" with { type: "json" };
import type { NetworkOperator } from "./operator_table.ts";

const LISTED: ReadonlySet<number> = new Set(
  Object.values(hosting.operators).flat(),
);
const NAMED = new RegExp(`\\b(?:${hosting.words.join("|")})\\b`, "i");

/**
 * Whether an operator rents out machines: by a table of the large ones with a reason each, and
 * where the operator's name says so.
 */
export function isHosting({ asn, name }: NetworkOperator): boolean {
  return LISTED.has(asn) || NAMED.test(name);
}
