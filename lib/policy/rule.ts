import type { Rate } from "../limits/rate.ts";
import type { When } from "./conditions/mod.ts";

/** What rules do, in the order in which they are asked. */
export const RULE_KINDS = [
  "allow",
  "refuse",
  "challenge",
  "limit",
  "block",
  "track",
] as const;

/** One of {@linkcode RULE_KINDS}. */
export type RuleKind = typeof RULE_KINDS[number];

/** What a request is counted by. */
export const SUBJECTS = [
  "ip",
  "network",
  "asn",
  "user",
  "country",
  "all",
] as const;

/** One of {@linkcode SUBJECTS}, or a field's value. */
export type By = typeof SUBJECTS[number] | `header:${string}`;

/** A checked rule. */
export interface Rule {
  name: string;
  kind: RuleKind;
  when: When;
  by: By;
  /** Of a limit: so many in a time, or so many at once. */
  limit: Rate | { atOnce: number } | null;
  /** Of a limit: decided in the store, for all processes together. */
  exact: boolean;
  /** Of a limit: what happens to clients over it. */
  then: "limit" | "challenge";
  /** Of a block: how long the first one lasts, in milliseconds. */
  blockMs: number;
  /** Of a block: how many matches in what time lead to it. */
  after: Rate | null;
  /** The message in place of the default. */
  say: string | null;
}
