/**
 * Rules that can never act: because they exclude all that they match, or because an earlier one
 * decides all of their requests. A rule is reported only if that is certain.
 *
 * @module
 */
import { CONDITION_ROWS, CONDITIONS, type When } from "./conditions/mod.ts";
import { type Rule, RULE_KINDS } from "./rule.ts";

/** The rules of a declaration that can never act, and why. */
export function deadRules(
  rules: readonly Rule[],
): { index: number; why: string }[] {
  const dead: { index: number; why: string }[] = [];
  rules.forEach((rule, index) => {
    const why = contradiction(rule);
    if (why !== null) {
      dead.push({ index, why: `${named(rule)} can never match: ${why}` });
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

/** Whether requests that one rule matches never reach the other. */
function takes(one: Rule, other: Rule, isEarlier: boolean): boolean {
  if (one === other) return false;
  // Requests that pass a challenge or a limit reach later rules.
  if (one.kind !== "allow" && one.kind !== "refuse") return false;
  // Block rules count responses, refusals included.
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
  return CONDITIONS.path.covers(UNCHALLENGED, when.path)
    ? `${UNCHALLENGED.join(" and ")} are never challenged`
    : null;
}

/** Paths that programs request by standards and that are not pages. */
export const UNCHALLENGED: string[] = ["/robots.txt", "/.well-known/*"];

function excludesItself({ not, ...when }: When): boolean {
  if (not === undefined) return false;
  const isExcluded = (part: When) => not.some((each) => whenCovers(each, part));
  return isExcluded(when) || CONDITION_ROWS.some(([name, condition]) => {
    const value = when[name];
    if (value === undefined) return false;
    return condition.choices(value)
      ?.every((one) => isExcluded({ ...when, [name]: one })) ?? false;
  });
}

/** Whether every request that `inner` matches is certain to be matched by `outer`. */
function whenCovers(outer: When, inner: When): boolean {
  return outer.not === undefined &&
    CONDITION_ROWS.every(([name, condition]) => {
      const value = outer[name];
      return value === undefined || condition.covers(value, inner[name]);
    });
}
