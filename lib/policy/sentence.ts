/**
 * Rules as sentences, for people who read a policy.
 *
 * @module
 */
import type { Rate } from "../limits/rate.ts";
import { or } from "./conditions/choice.ts";
import { CONDITION_ROWS, type When } from "./conditions/mod.ts";
import type { By, Rule } from "./rule.ts";
import { DAY, HOUR, MINUTE } from "../base/duration.ts";

/**
 * A sentence that describes a rule, without its name.
 *
 * @example
 * ```ts
 * import { readRules } from "./read_rules.ts";
 * import { sentenceOf } from "./sentence.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { rules } = readRules([
 *   { name: "api", limit: "100/m", when: { path: "/api/*" } },
 * ]);
 * assertEquals(
 *   sentenceOf(rules[0]!),
 *   "Limits requests to /api/* to 100 a minute for each address.",
 * );
 * ```
 */
export function sentenceOf(rule: Rule): string {
  const { kind, when, by, say } = rule;
  const what = requests(when);
  const words = say === null ? "" : ` Message: “${say}”`;
  switch (kind) {
    case "allow":
      return `Allows ${what} regardless of all other rules.`;
    case "refuse":
      return `Refuses ${what}.${words}`;
    case "challenge":
      return `Challenges ${what}.${words}`;
    case "track":
      return `Only counts ${what}.`;
    case "block":
      return `Blocks ${by === "network" ? "a network" : "an address"} for ${
        span(rule.blockMs)
      } after ${rate(rule.after!)} of ${what}.`;
    case "limit":
      return `Limits ${what} to ${amount(rule)} ${each(by)}${
        rule.exact ? ", exactly over all processes" : ""
      }${
        rule.then === "challenge" ? ", with a challenge above it" : ""
      }.${words}`;
  }
}

function each(by: By): string {
  switch (by) {
    case "ip":
      return "for each address";
    case "network":
      return "for each network";
    case "asn":
      return "for each operator";
    case "user":
      return "for each user";
    case "country":
      return "for each country";
    case "all":
      return "for all together";
    default:
      return `for each value of ${by.slice("header:".length)}`;
  }
}

function amount({ limit }: Rule): string {
  return limit !== null && "atOnce" in limit
    ? `${limit.atOnce} at once`
    : rate(limit!);
}

function rate({ limit, windowMs }: Rate): string {
  const window = span(windowMs);
  return window.startsWith("1 ")
    ? `${limit} ${window === "1 hour" ? "an" : "a"} ${window.slice(2)}`
    : `${limit} in ${window}`;
}

const UNITS = [
  ["week", 604_800_000],
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", 1_000],
] as const;

/** A duration in the largest unit that gives a whole number. */
function span(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms % size === 0) ?? UNITS[4];
  const count = ms / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The requests of a rule. */
function requests(when: When): string {
  const { not = [], method, ...rest } = when;
  const conditions = clauses(rest);
  const methods = method ? `${or(method)} ` : "";
  const about = conditions.length === 0 && methods === ""
    ? "every request"
    : [`${methods}requests`, ...conditions].join(" ");
  const left = not.map((each) => `those ${clauses(each).join(" ")}`);
  return left.length === 0 ? about : `${about}, except ${or(left)}`;
}

function clauses(when: When): string[] {
  return CONDITION_ROWS.flatMap(([name, condition]) => {
    const value = when[name];
    return value === undefined ? [] : [condition.clause(value)];
  });
}
