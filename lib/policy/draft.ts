/**
 * Declarations proposed by the console: a rule added, removed, or with an exception. A proposal is
 * rehearsed like any other change.
 *
 * @module
 */
import { Refusal } from "../base/refusal.ts";
import { quoted } from "../base/quoted.ts";
import { CRAWLERS } from "../bots/claim.ts";
import { botNames, botOf } from "../bots/bot_of.ts";
import { isBotCategory } from "../bots/bot.ts";
import { isBotWord } from "./bot_words.ts";
import { type Rule, RULE_KINDS, type RuleKind } from "./rule.ts";

/** The actions for a crawler or a category of crawlers. */
export const BOT_ACTIONS = [
  "allow",
  "limit",
  "challenge",
  "refuse",
  "none",
] as const;

/** One of {@linkcode BOT_ACTIONS}. */
export type BotAction = typeof BOT_ACTIONS[number];

/** The rate of a crawler that is limited from the console. */
const BOT_RATE = "60/m";

type Declared = Record<string, unknown> & { name?: unknown };

/** Longer rules, in characters, are written on several lines. */
const WIDTH = 72;

/** A declaration as text: one line for each rule, or for each field. */
export function draftText(rules: readonly unknown[]): string {
  const lines = rules.map((rule) => `    ${ruleText(rule)}`).join(",\n");
  return `{\n  "rules": [${lines && `\n${lines}\n  `}]\n}\n`;
}

function ruleText(rule: unknown): string {
  const line = inline(rule);
  if (line.length <= WIDTH || typeof rule !== "object" || rule === null) {
    return line;
  }
  const fields = Object.entries(rule).map(([name, value]) =>
    `      ${JSON.stringify(name)}: ${inline(value)}`
  );
  return `{\n${fields.join(",\n")}\n    }`;
}

/** JSON on one line, with spaces after commas and inside braces. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => `${JSON.stringify(name)}: ${inline(each)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/**
 * The rules with the rule for a bot added or replaced.
 *
 * @throws {Refusal} if the bot is unknown.
 */
export function withBotRule(
  rules: readonly unknown[],
  bot: string,
  action: BotAction,
): unknown[] {
  if (!isBotWord(bot)) {
    throw new Refusal(
      "malformed",
      `Cannot make a rule for ${
        quoted(bot)
      }: expected a category or a crawler's name`,
    );
  }
  const name = botRuleName(bot);
  const others = rules.filter((rule) => (rule as Declared).name !== name);
  if (action === "none") return others;
  const when: Record<string, unknown> = { bot };
  // Names can be forged: a rule that exempts from limits requires verification.
  if (action === "allow" && isVerifiable(bot)) when.verified = true;
  const does = action === "limit"
    ? { limit: BOT_RATE, when, by: "all" }
    : { [action]: true, when };
  return [...others, { name, ...does }];
}

/** The rules without one. */
export function withoutRule(
  rules: readonly unknown[],
  name: string,
): unknown[] {
  return rules.filter((rule) => (rule as Declared).name !== name);
}

/** The rules, with some paths excluded from one. */
export function leavingOut(
  rules: readonly unknown[],
  name: string,
  paths: readonly string[],
): unknown[] {
  return rules.map((rule) => {
    const declared = rule as Declared;
    if (declared.name !== name) return rule;
    const when = (declared.when ?? {}) as Record<string, unknown>;
    const not = [when.not ?? []].flat() as Record<string, unknown>[];
    // One list of paths is easier to read than many.
    const at = not.findIndex((each) => Object.keys(each).join() === "path");
    const known = at < 0 ? [] : [not[at]!.path].flat() as string[];
    const path = [...new Set([...known, ...paths])];
    const left = at < 0 ? [...not, { path }] : not.with(at, { path });
    return {
      ...declared,
      when: { ...when, not: left.length === 1 ? left[0] : left },
    };
  });
}

/** A policy's treatment of a bot by its name or category, by the first rule for it. */
export interface Treatment {
  kind: RuleKind;
  rule: string;
  /** Whether it has other conditions, so that it may apply to some requests only. */
  isPartial: boolean;
}

/** See {@linkcode Treatment}; null if no rule names the bot. */
export function treatmentOf(
  rules: readonly Rule[],
  names: readonly string[],
): Treatment | null {
  const asked = names.map((name) => name.toLowerCase());
  const sorted = rules.toSorted((a, b) =>
    RULE_KINDS.indexOf(a.kind) - RULE_KINDS.indexOf(b.kind)
  );
  for (const { kind, name, when } of sorted) {
    if (kind === "track" || kind === "block") continue;
    if (!when.bot?.some((word) => asked.includes(word.toLowerCase()))) continue;
    const { bot: _, ...rest } = when;
    return { kind, rule: name, isPartial: Object.keys(rest).length > 0 };
  }
  return null;
}

function botRuleName(bot: string): string {
  const slug = bot.toLowerCase().replace(/[^a-z\d]+/g, "-")
    .replace(/^-|-$/g, "").slice(0, 50);
  return `bot-${slug || "other"}`;
}

const VERIFIABLE = new Set(CRAWLERS.map(({ name }) => name.toLowerCase()));

function isVerifiable(word: string): boolean {
  if (!isBotCategory(word)) return VERIFIABLE.has(word.toLowerCase());
  return [...botNames()].some((name) =>
    botOf(name)?.category === word && VERIFIABLE.has(name.toLowerCase())
  );
}
