import type { Rate } from "../limits/rate.ts";
import type { When } from "./conditions/mod.ts";

/** The kinds of rules, in the order of evaluation. */
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

/** The properties that requests are counted by. */
export const SUBJECTS = [
  "ip",
  "network",
  "asn",
  "user",
  "country",
  "all",
] as const;

/** One of {@linkcode SUBJECTS}, or a header field's value. */
export type By = typeof SUBJECTS[number] | `header:${string}`;

/** A parsed rule. */
export interface Rule {
  name: string;
  kind: RuleKind;
  when: When;
  by: By;
  /** For a limit: a rate, or a number of concurrent requests. */
  limit: Rate | { atOnce: number } | null;
  /** For a limit: decided in the store, for all processes together. */
  exact: boolean;
  /** For a limit: what happens to clients over it. */
  then: "limit" | "challenge";
  /** For a block: the duration of the first one, in milliseconds. */
  blockMs: number;
  /** For a block: the rate of matches that leads to it. */
  after: Rate | null;
  /** The message instead of the default. */
  say: string | null;
}
