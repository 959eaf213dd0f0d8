import { BOT_CATEGORIES } from "../bots/bot.ts";
import { SIGNALS } from "../signals/signal.ts";
import { CONDITIONS, RULE_KINDS, SUBJECTS } from "./rule.ts";

/** The JSON schema of a declaration, for editors; `readPolicy` says more. */
export function policySchema(): Record<string, unknown> {
  const oneOrMore = (items: Record<string, unknown>) => ({
    anyOf: [items, { type: "array", minItems: 1, items }],
  });
  const text = { type: "string" };
  const globs = oneOrMore(text);
  const conditions: Record<typeof CONDITIONS[number], unknown> = {
    ip: globs,
    path: oneOrMore({ type: "string", pattern: "^[/*]" }),
    method: oneOrMore({ type: "string", pattern: "^[^a-z]+$" }),
    host: globs,
    header: { type: "object", minProperties: 1, additionalProperties: globs },
    user_agent: globs,
    country: oneOrMore({ type: "string", pattern: "^[A-Za-z]{2}$" }),
    asn: oneOrMore({ type: "integer", minimum: 1 }),
    hosting: { type: "boolean" },
    bot: oneOrMore({ anyOf: [{ enum: BOT_CATEGORIES }, text] }),
    verified: { type: "boolean" },
    user: oneOrMore({ anyOf: [{ enum: ["anonymous", "signed-in"] }, text] }),
    signal: oneOrMore({ enum: SIGNALS }),
    status: oneOrMore({
      anyOf: [
        { type: "integer", minimum: 100, maximum: 599 },
        { type: "string", pattern: "^[1-5]xx$" },
      ],
    }),
    not: oneOrMore({ $ref: "#/$defs/when" }),
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
        properties: conditions,
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
