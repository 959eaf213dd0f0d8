/**
 * Rules that can never act: because they exclude all that they ask for, or because an earlier one
 * takes every request of theirs. A rule is called dead only where that is certain.
 *
 * @module
 */
import { type Cidr, covers } from "../net/cidr.ts";
import { globCovers } from "./glob.ts";
import { type Rule, RULE_KINDS, type When } from "./rule.ts";

/** The rules of a declaration that can never act, and why. */
export function deadRules(
  rules: readonly Rule[],
): { index: number; why: string }[] {
  const dead: { index: number; why: string }[] = [];
  rules.forEach((rule, index) => {
    const own = contradiction(rule);
    if (own !== null) {
      dead.push({ index, why: `${named(rule)} can never match: ${own}` });
      return;
    }
    const taker = rules.find((other, i) =>
      takes(other, rule, i < index) && whenCovers(other.when, rule.when)
    );
    if (taker !== undefined) {
      dead.push({
        index,
        why: `${named(rule)} can never match: ${
          named(taker)
        } matches all of these requests first`,
      });
    }
  });
  return dead;
}

function named({ name, kind }: Rule): string {
  return `${kind} "${name}"`;
}

/** Whether what one rule matches never reaches the other. */
function takes(one: Rule, other: Rule, isEarlier: boolean): boolean {
  if (one === other) return false;
  // Who passes a challenge goes on; whom a limit lets pass, too.
  if (one.kind !== "allow" && one.kind !== "refuse") return false;
  // What an answer was, refused or not, is what a block counts.
  if (other.kind === "block") return one.kind === "allow";
  if (one.kind === other.kind) return isEarlier;
  return RULE_KINDS.indexOf(one.kind) < RULE_KINDS.indexOf(other.kind);
}

/** Why a rule could not act even if it were the only one. */
function contradiction({ kind, when }: Rule): string | null {
  if (excludesItself(when)) {
    return 'its "not" excludes everything that it matches';
  }
  if (kind === "block" && when.verified === true) {
    return "verified crawlers are never blocked";
  }
  if (kind !== "challenge") return null;
  if (when.verified === true) return "verified crawlers are never challenged";
  if (when.user !== undefined && !when.user.includes("anonymous")) {
    return "signed-in users are never challenged";
  }
  return covered(UNCHALLENGED, when.path, globCovers)
    ? `${UNCHALLENGED.join(" and ")} are never challenged`
    : null;
}

/** Paths that programs ask for by standards; no page stands there. */
export const UNCHALLENGED = ["/robots.txt", "/.well-known/*"];

/** Conditions of which one of the listed values is enough. */
const LISTS = [
  "ip",
  "path",
  "method",
  "host",
  "user_agent",
  "country",
  "asn",
  "bot",
  "user",
  "signal",
  "status",
] as const;

function excludesItself({ not, ...when }: When): boolean {
  if (not === undefined) return false;
  const isExcluded = (part: When) => not.some((each) => whenCovers(each, part));
  return isExcluded(when) ||
    LISTS.some((name) =>
      when[name]?.every((value) => isExcluded({ ...when, [name]: [value] }))
    );
}

/** Whether every request that `inner` matches is matched by `outer`, as far as that is certain. */
function whenCovers(outer: When, inner: When): boolean {
  if (outer.not !== undefined) return false;
  return covered(outer.ip, inner.ip, (a: Cidr, b: Cidr) => covers(a, b)) &&
    covered(outer.path, inner.path, globCovers, ["*", "/*"]) &&
    covered(outer.method, inner.method, same) &&
    covered(outer.host, inner.host, globCovers) &&
    headersCovered(outer.header, inner.header) &&
    covered(outer.user_agent, inner.user_agent, globCovers, ["*"]) &&
    covered(outer.country, inner.country, same) &&
    covered(outer.asn, inner.asn, same) &&
    (outer.hosting === undefined || outer.hosting === inner.hosting) &&
    covered(outer.bot, inner.bot, sameWord) &&
    (outer.verified === undefined || outer.verified === inner.verified) &&
    covered(outer.user, inner.user, userCovers) &&
    covered(outer.signal, inner.signal, same) &&
    covered(
      outer.status,
      inner.status,
      (a, b) => a.from <= b.from && a.to >= b.to,
    );
}

/** @param all What stands for every value, even where `inner` has no condition. */
function covered<T>(
  outer: readonly T[] | undefined,
  inner: readonly T[] | undefined,
  holds: (outer: T, inner: T) => boolean,
  all: readonly T[] = [],
): boolean {
  if (outer === undefined || outer.some((one) => all.includes(one))) {
    return true;
  }
  return inner !== undefined && inner.length > 0 &&
    inner.every((each) => outer.some((one) => holds(one, each)));
}

function headersCovered(outer: When["header"], inner: When["header"]): boolean {
  return outer === undefined ||
    outer.every(([name, globs]) =>
      inner?.some(([other, values]) =>
        other === name && covered(globs, values, globCovers)
      ) ?? false
    );
}

function same(a: unknown, b: unknown): boolean {
  return a === b;
}

function sameWord(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function userCovers(outer: string, inner: string): boolean {
  return outer === inner || outer === "signed-in" && inner !== "anonymous";
}
