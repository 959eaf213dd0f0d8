import { assertEquals, assertThrows } from "@std/assert";
import { readRules } from "../../lib/policy/read_rules.ts";
import { CONDITION_NAMES } from "../../lib/policy/conditions/mod.ts";
import { RULE_KINDS } from "../../lib/policy/rule.ts";
import { PolicyError } from "../../lib/policy/rule_error.ts";
import { policySchema } from "../../lib/policy/schema.ts";

interface Shape {
  $defs: {
    rule: { properties: Record<string, unknown> };
    when: { properties: Record<string, unknown> };
  };
}

Deno.test("docs/policy.schema.json is the schema that editors are given", async () => {
  const file = new URL("../../docs/policy.schema.json", import.meta.url);
  assertEquals(
    JSON.parse(await Deno.readTextFile(file)),
    JSON.parse(JSON.stringify(policySchema())),
  );
});

Deno.test("the schema has the words that the parser has, and no others", () => {
  const { rule, when } = (policySchema() as unknown as Shape).$defs;
  assertEquals(Object.keys(when.properties), [...CONDITION_NAMES]);
  /** Whether the parser reports a word as unknown. */
  const isUnknown = (rule: Record<string, unknown>) => {
    const { issues } = assertThrows(() => readRules([rule]), PolicyError);
    return issues.some(({ message }) => message.startsWith("unknown word"));
  };
  for (const word of Object.keys(rule.properties)) {
    assertEquals(isUnknown({ name: "-", [word]: [] }), false, word);
  }
  for (const word of Object.keys(when.properties)) {
    const rule = { name: "-", block: "1h", after: "1/m", when: { [word]: {} } };
    assertEquals(isUnknown(rule), false, word);
  }
  assertEquals(isUnknown({ name: "-", refuse: true, whenn: {} }), true);
  for (const kind of RULE_KINDS) assertEquals(kind in rule.properties, true);
});
