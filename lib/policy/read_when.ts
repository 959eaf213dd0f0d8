import type { JsonNode } from "./jsonc.ts";
import {
  CONDITION_NAMES,
  CONDITIONS,
  type Conditions,
  type When,
} from "./conditions/mod.ts";
import type { Condition } from "./conditions/condition.ts";
import { type Issues, shown, unknownWord } from "./rule_error.ts";

/** Parses the conditions of a rule. */
export function readWhen(
  node: JsonNode,
  path: string,
  issues: Issues,
  hasStatus: boolean,
): When {
  const when: When = {};
  if (node.kind !== "object") {
    issues.add(node, path, `expected an object, received ${shown(node)}`);
    return when;
  }
  for (const { name, at, value } of node.members) {
    const place = `${path}.${name}`;
    if (name === "not") {
      const items = value.kind === "array" ? value.items : [value];
      if (items.length === 0) {
        issues.add(value, place, "expected at least one value");
      }
      when.not = items.map((item) => readWhen(item, place, issues, hasStatus));
    } else if (!isCondition(name)) {
      issues.add({ at }, path, unknownWord(name, CONDITION_NAMES));
    } else if (CONDITIONS[name].needsStatus && !hasStatus) {
      issues.add(
        { at },
        place,
        `"${name}" goes with block and its "after": other rules are evaluated before there is a response`,
      );
    } else {
      readInto(when, name, value, place, issues);
    }
  }
  return when;
}

function isCondition(name: string): name is keyof Conditions {
  return Object.hasOwn(CONDITIONS, name);
}

function readInto<K extends keyof Conditions>(
  when: Partial<Conditions>,
  name: K,
  value: JsonNode,
  place: string,
  issues: Issues,
): void {
  const condition: Condition<Conditions[K]> = CONDITIONS[name];
  const read = condition.read(value, place, issues);
  if (read !== undefined) when[name] = read;
}
