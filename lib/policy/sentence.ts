/**
 * Rules as sentences, for people who read a policy rather than write one.
 *
 * @module
 */
import type { Rate } from "../limits/rate.ts";
import { formatCidr } from "../net/cidr.ts";
import type { By, Rule, When } from "./rule.ts";

/** Of a longer list so many values are named. */
const MAX_NAMED = 6;

/**
 * What a rule does, as a sentence without its name.
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
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** A time in the largest unit that it is whole in. */
function span(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms % size === 0) ?? UNITS[4];
  const count = ms / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Which requests a rule is about. */
function requests(when: When): string {
  const { not = [], ...rest } = when;
  const conditions = clauses(rest);
  const method = when.method ? `${or(when.method)} ` : "";
  const about = conditions.length === 0 && method === ""
    ? "every request"
    : [`${method}requests`, ...conditions].join(" ");
  const left = not.map((each) => {
    const but = clauses(each);
    if (each.method) but.unshift(`with ${or(each.method)}`);
    return `those ${but.join(" ")}`;
  });
  return left.length === 0 ? about : `${about}, except ${or(left)}`;
}

function clauses(when: When): string[] {
  const found: string[] = [];
  const add = (values: readonly string[] | undefined, before: string) => {
    if (values !== undefined) found.push(`${before} ${or(values)}`);
  };
  add(when.path, "to");
  add(when.host, "at");
  add(when.ip?.map(formatCidr), "from");
  add(when.country, "from");
  add(when.asn?.map((asn) => `AS${asn}`), "from");
  if (when.hosting !== undefined) {
    found.push(
      `from ${when.hosting ? "" : "networks other than "}hosting providers`,
    );
  }
  add(when.bot, "of bots:");
  if (when.verified !== undefined) {
    found.push(
      when.verified ? "of verified bots" : "of bots that are not verified",
    );
  }
  add(when.user?.map((name) => USERS[name] ?? name), "of");
  add(when.user_agent?.map((glob) => glob || "nothing"), "by user agent");
  add(when.signal, "with the signal");
  for (const [name, globs] of when.header ?? []) {
    const any = globs.length === 1 && globs[0] === "*";
    found.push(any ? `with a field ${name}` : `with ${name}: ${or(globs)}`);
  }
  add(
    when.status?.map(({ from, to }) =>
      from === to ? `${from}` : `${Math.floor(from / 100)}xx`
    ),
    "answered",
  );
  return found;
}

const USERS: Record<string, string | undefined> = {
  anonymous: "anonymous clients",
  "signed-in": "signed-in users",
};

function or(values: readonly string[]): string {
  const named = values.slice(0, MAX_NAMED);
  const more = values.length - named.length;
  if (more > 0) return `${named.join(", ")} or ${more} more`;
  const last = named.at(-1)!;
  return named.length === 1
    ? last
    : `${named.slice(0, -1).join(", ")} or ${last}`;
}
