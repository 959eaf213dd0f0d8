/**
 * Parses and checks rules. All errors are reported at once with their places, and nothing of a
 * declaration with an error is used.
 *
 * @module
 */
import { parseDuration } from "../base/duration.ts";
import { quoted } from "../base/quoted.ts";
import { parseRate, type Rate } from "../limits/rate.ts";
import {
  type JsoncError,
  type JsonNode,
  parseJsonc,
  valueOf,
} from "./jsonc.ts";
import { deadRules } from "./never.ts";
import { readWhen } from "./read_when.ts";
import {
  type By,
  type Rule,
  RULE_KINDS,
  type RuleKind,
  SUBJECTS,
} from "./rule.ts";
import { hint, Issues, shown, unknownWord } from "./rule_error.ts";

/** A valid declaration. */
export interface Declaration {
  /** As it was declared. */
  declared: readonly unknown[];
  rules: readonly Rule[];
}

/** The whole text is one value of the store. */
export const MAX_TEXT = 60_000;
const MAX_RULES = 500;
const MAX_NAME = 64;
const MAX_SAY = 500;

const FIELDS = [
  "name",
  ...RULE_KINDS,
  "when",
  "by",
  "exact",
  "after",
  "then",
  "say",
] as const;

/** The kinds that each word is allowed with. */
const GOES_WITH: Partial<Record<string, readonly RuleKind[]>> = {
  by: ["limit", "block"],
  exact: ["limit"],
  then: ["limit"],
  after: ["block"],
  say: ["refuse", "challenge", "limit"],
};

/**
 * Parses a declaration, `{ "rules": […] }`, from JSON with comments.
 *
 * @throws {PolicyError} with all errors, each with line and column.
 *
 * @example
 * ```ts
 * import { readPolicy } from "./read_rules.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { rules } = readPolicy(`{ "rules": [
 *   // Nobody here writes PHP.
 *   { "name": "no-php", "refuse": true, "when": { "path": "*.php" } },
 * ] }`);
 * assertEquals(rules[0]?.kind, "refuse");
 * ```
 */
export function readPolicy(text: string): Declaration {
  return read(text, text);
}

/**
 * {@linkcode readPolicy} for rules that are not text, such as an option of the guard.
 *
 * @throws {PolicyError} without lines and columns.
 */
export function readRules(rules: readonly unknown[]): Declaration {
  return read(JSON.stringify({ rules }), null);
}

function read(text: string, shown: string | null): Declaration {
  const issues = new Issues(shown);
  const size = new TextEncoder().encode(text).length;
  if (size > MAX_TEXT) {
    issues.add(
      { at: 0 },
      "",
      `expected at most ${MAX_TEXT} bytes, received ${size}`,
    );
    issues.throwIfAny();
  }
  let node: JsonNode;
  try {
    node = parseJsonc(text);
  } catch (error) {
    if ((error as Error).name !== "JsoncError") throw error;
    issues.add(error as JsoncError, "", (error as Error).message);
    issues.throwIfAny();
    throw error;
  }
  const list = rulesOf(node, issues);
  const places: JsonNode[] = [];
  const rules: Rule[] = [];
  list.forEach((each, i) => {
    const rule = readRule(each, `rules[${i}]`, issues);
    if (rule === null) return;
    rules.push(rule);
    places.push(each);
  });
  checkNames(rules, places, list, issues);
  // Conditions that cannot be parsed are not checked further.
  issues.throwIfAny();
  for (const { index, why } of deadRules(rules)) {
    issues.add(places[index]!, `rules[${index}]`, why);
  }
  issues.throwIfAny();
  return { declared: list.map(valueOf), rules };
}

function rulesOf(node: JsonNode, issues: Issues): JsonNode[] {
  if (node.kind !== "object") {
    issues.add(node, "", 'expected an object with "rules"');
    return [];
  }
  let rules: JsonNode | undefined;
  for (const { name, at, value } of node.members) {
    if (name === "rules") rules = value;
    // The schema, for editors.
    else if (name !== "$schema") {
      issues.add({ at }, "", unknownWord(name, ["rules"]));
    }
  }
  if (rules === undefined) issues.add(node, "", 'expected "rules"');
  else if (rules.kind !== "array") {
    issues.add(rules, "rules", "expected a list of rules");
  } else if (rules.items.length > MAX_RULES) {
    issues.add(rules, "rules", `expected at most ${MAX_RULES} rules`);
  } else return rules.items;
  return [];
}

function readRule(node: JsonNode, path: string, issues: Issues): Rule | null {
  if (node.kind !== "object") {
    issues.add(node, path, "expected an object");
    return null;
  }
  const before = issues.found.length;
  const fields = new Map<string, JsonNode>();
  for (const { name, at, value } of node.members) {
    if ((FIELDS as readonly string[]).includes(name)) fields.set(name, value);
    else issues.add({ at }, path, unknownWord(name, FIELDS));
  }
  const kinds = RULE_KINDS.filter((kind) => fields.has(kind));
  if (kinds.length !== 1) {
    issues.add(
      node,
      path,
      `expected one of ${RULE_KINDS.join(", ")}, received ${
        kinds.length === 0 ? "none" : kinds.join(" and ")
      }`,
    );
    return null;
  }
  const kind = kinds[0]!;
  for (const [word, allowed] of Object.entries(GOES_WITH)) {
    const value = fields.get(word);
    if (value !== undefined && !allowed!.includes(kind)) {
      issues.add(
        value,
        `${path}.${word}`,
        `"${word}" goes with ${allowed!.join(", ")}, not with ${kind}`,
      );
    }
  }
  const rule: Rule = {
    name: readName(fields.get("name"), node, path, issues),
    kind,
    when: {},
    by: "ip",
    limit: null,
    exact: false,
    then: "limit",
    blockMs: 0,
    after: null,
    say: null,
  };
  readKind(rule, fields.get(kind)!, `${path}.${kind}`, issues);
  readDetails(rule, fields, node, path, issues);
  const when = fields.get("when");
  if (when) {
    rule.when = readWhen(when, `${path}.when`, issues, kind === "block");
  }
  return issues.found.length > before ? null : rule;
}

function readName(
  node: JsonNode | undefined,
  rule: JsonNode,
  path: string,
  issues: Issues,
): string {
  if (node === undefined) {
    issues.add(rule, path, 'expected "name"');
  } else if (
    node.kind !== "string" || node.value.length > MAX_NAME ||
    !/^[a-z\d][\w.-]*$/i.test(node.value)
  ) {
    issues.add(
      node,
      `${path}.name`,
      `expected at most ${MAX_NAME} letters, digits and ". _ -", received ${
        shown(node)
      }`,
    );
  } else return node.value;
  return "";
}

function readKind(
  rule: Rule,
  node: JsonNode,
  path: string,
  issues: Issues,
): void {
  const text = node.kind === "string" ? node.value : "";
  if (rule.kind === "limit") {
    const atOnce = /^([1-9]\d{0,5}) at once$/.exec(text);
    rule.limit = atOnce ? { atOnce: Number(atOnce[1]) } : rateOf(text);
    if (rule.limit === null) {
      issues.add(
        node,
        path,
        `expected a limit such as "100/m", "300 in 10m" or "20 at once", received ${
          shown(node)
        }`,
      );
    }
  } else if (rule.kind === "block") {
    rule.blockMs = durationOf(text) ?? 0;
    if (rule.blockMs === 0) {
      issues.add(
        node,
        path,
        `expected a duration such as "10m" or "1h", received ${shown(node)}`,
      );
    }
  } else if (node.kind !== "boolean" || !node.value) {
    issues.add(node, path, `expected true, received ${shown(node)}`);
  }
}

function readDetails(
  rule: Rule,
  fields: ReadonlyMap<string, JsonNode>,
  node: JsonNode,
  path: string,
  issues: Issues,
): void {
  const by = fields.get("by");
  if (by) readBy(rule, by, `${path}.by`, issues);
  const exact = fields.get("exact");
  if (exact) {
    if (exact.kind !== "boolean") {
      issues.add(
        exact,
        `${path}.exact`,
        `expected true or false, received ${shown(exact)}`,
      );
    } else rule.exact = exact.value;
    if (rule.exact && rule.limit && "atOnce" in rule.limit) {
      issues.add(
        exact,
        `${path}.exact`,
        `expected a limit such as "100/m" with it: limits at once are counted in memory`,
      );
    }
  }
  const then = fields.get("then");
  if (then) {
    if (then.kind === "string" && then.value === "challenge") {
      rule.then = "challenge";
    } else {
      issues.add(
        then,
        `${path}.then`,
        `expected "challenge", received ${shown(then)}`,
      );
    }
  }
  const after = fields.get("after");
  if (after) {
    rule.after = after.kind === "string" ? rateOf(after.value) : null;
    if (rule.after === null) {
      issues.add(
        after,
        `${path}.after`,
        `expected a count in a time such as "3 in 10m", received ${
          shown(after)
        }`,
      );
    }
  } else if (rule.kind === "block") {
    issues.add(node, path, 'expected "after", such as "3 in 10m"');
  }
  const say = fields.get("say");
  if (say) {
    if (
      say.kind !== "string" || say.value.trim() === "" ||
      say.value.length > MAX_SAY
    ) {
      issues.add(
        say,
        `${path}.say`,
        `expected a text of at most ${MAX_SAY} characters, received ${
          shown(say)
        }`,
      );
    } else rule.say = say.value;
  }
}

function readBy(
  rule: Rule,
  node: JsonNode,
  path: string,
  issues: Issues,
): void {
  const text = node.kind === "string" ? node.value : "";
  const header = /^header:([a-z\d!#$%&'*+.^_`|~-]{1,64})$/i.exec(text);
  if (header) rule.by = `header:${header[1]!.toLowerCase()}`;
  else if ((SUBJECTS as readonly string[]).includes(text)) rule.by = text as By;
  else {
    const words = [...SUBJECTS, "header:<name>"];
    issues.add(
      node,
      path,
      `expected one of ${words.join(", ")}, received ${shown(node)}${
        hint(text, words)
      }`,
    );
    return;
  }
  if (rule.kind === "block" && rule.by !== "ip" && rule.by !== "network") {
    issues.add(
      node,
      path,
      `expected ip or network, which can be blocked, received ${shown(node)}`,
    );
  }
}

function checkNames(
  rules: readonly Rule[],
  places: readonly JsonNode[],
  list: readonly JsonNode[],
  issues: Issues,
): void {
  const seen = new Set<string>();
  rules.forEach(({ name }, i) => {
    const key = name.toLowerCase();
    if (seen.has(key)) {
      const node = places[i]!;
      const member = node.kind === "object"
        ? node.members.find((member) => member.name === "name")
        : undefined;
      issues.add(
        member?.value ?? node,
        `rules[${list.indexOf(node)}].name`,
        `expected a name that no other rule has, received ${quoted(name)}`,
      );
    }
    seen.add(key);
  });
}

/** Parses `100/m` or `300 in 10m`. */
function rateOf(text: string): Rate | null {
  const spelled = /^([1-9]\d{0,8}) in (\w+)$/.exec(text);
  try {
    if (spelled === null) return parseRate(text);
    return {
      limit: Number(spelled[1]),
      windowMs: parseDuration(spelled[2]!),
    };
  } catch {
    return null;
  }
}

function durationOf(text: string): number | null {
  try {
    return parseDuration(text);
  } catch {
    return null;
  }
}
