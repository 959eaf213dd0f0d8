import { oneOrMore } from "./conditions/choice.ts";
import { CONDITION_ROWS, NOT_HELP } from "./conditions/mod.ts";
import { RULE_KINDS, SUBJECTS } from "./rule.ts";

/** The JSON schema of a declaration, for editors; `readPolicy` checks more. */
export function policySchema(): Record<string, unknown> {
  const text = { type: "string" };
  const conditions = Object.fromEntries(
    CONDITION_ROWS.map(([name, { schema, help }]) => [
      name,
      { description: help, ...schema },
    ]),
  );
  const not = {
    description: NOT_HELP,
    ...oneOrMore({ $ref: "#/$defs/when" }),
  };
  const isTrue = { const: true };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Portcullis policy",
    type: "object",
    required: ["rules"],
    additionalProperties: false,
    properties: {
      $schema: text,
      rules: { type: "array", maxItems: 500, items: { $ref: "#/$defs/rule" } },
    },
    $defs: {
      when: {
        type: "object",
        additionalProperties: false,
        properties: { ...conditions, not },
      },
      rule: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        oneOf: RULE_KINDS.map((kind) => ({ required: [kind] })),
        properties: {
          name: {
            type: "string",
            pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
          },
          allow: isTrue,
          refuse: isTrue,
          challenge: isTrue,
          track: isTrue,
          limit: {
            type: "string",
            description: '"100/m", "300 in 10m" or "20 at once"',
          },
          block: { type: "string", description: '"10m", "1h"' },
          when: { $ref: "#/$defs/when" },
          by: {
            anyOf: [
              { enum: SUBJECTS },
              { type: "string", pattern: "^header:." },
            ],
          },
          exact: { type: "boolean" },
          after: { type: "string", description: '"3 in 10m"' },
          then: { const: "challenge" },
          say: { type: "string", maxLength: 500 },
        },
      },
    },
  };
}
