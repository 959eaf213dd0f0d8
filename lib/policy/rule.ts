import type { Rate } from "../limits/rate.ts";
import type { Cidr } from "../net/cidr.ts";

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

/** Which requests a rule is about: those that meet every condition; of a list, one is enough. */
export interface When {
  ip?: Cidr[];
  /** Globs. */
  path?: string[];
  method?: string[];
  /** Globs, in lower case. */
  host?: string[];
  /** Globs by the field's name in lower case. */
  header?: [name: string, globs: string[]][];
  /** Globs, in lower case. */
  user_agent?: string[];
  country?: string[];
  asn?: number[];
  hosting?: boolean;
  /** Names and categories. */
  bot?: string[];
  verified?: boolean;
  /** `anonymous`, `signed-in` or names. */
  user?: string[];
  signal?: string[];
  /** Statuses, and classes such as `4xx` as their first number. */
  status?: { from: number; to: number }[];
  /** Requests that meet all of one of these are left out. */
  not?: When[];
}

/** The names of {@linkcode When}'s conditions. */
export const CONDITIONS = [
  "ip",
  "path",
  "method",
  "host",
  "header",
  "user_agent",
  "country",
  "asn",
  "hosting",
  "bot",
  "verified",
  "user",
  "signal",
  "status",
  "not",
] as const;

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
  /** Of a limit: what becomes of who is over it. */
  then: "limit" | "challenge";
  /** Of a block: how long the first one lasts, in milliseconds. */
  blockMs: number;
  /** Of a block: how many matches in what time lead to it. */
  after: Rate | null;
  /** What people are told instead of our own words. */
  say: string | null;
}
