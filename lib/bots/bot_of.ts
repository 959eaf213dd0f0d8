/**
 * The bot that a request's user agent names. The names are data: `crawlers.json` (npm's
 * crawler-user-agents, MIT) and `own.json` (categories and tools that we add), each with source and
 * date.
 *
 * @module
 */
import { Lru } from "../base/lru.ts";
import type { Bot, BotCategory } from "./bot.ts";
import crawlers from "./crawlers.json" with { type: "json" };
import { genericBot } from "./generic.ts";
import own from "./own.json" with { type: "json" };
import { type Sign, SignIndex } from "./sign_index.ts";

type Names = Record<string, readonly (string | readonly string[])[]>;
type Known = Bot & { isAttackTool: boolean };

/** The part of a user agent that is read. */
const MAX_LENGTH = 512;
const CACHED = 4_096;
/** Categories of the software a client runs in, which say less than its operator's name. */
const WEAK: ReadonlySet<string> = new Set(["tool", "headless"]);

const index = new SignIndex(signs());
const cache = new Lru<string, Known | null>(CACHED);

/**
 * The crawler, tool or headless browser that a user agent claims to be; null for browsers, apps and
 * clients without a name.
 *
 * @example
 * ```ts
 * import { botOf } from "./bot_of.ts";
 *
 * botOf("Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)");
 * // { name: "GPTBot", category: "ai-training" }
 * ```
 */
export function botOf(userAgent: string | null | undefined): Bot | null {
  return known(userAgent);
}

/** The names that {@linkcode botOf} knows, without generic ones. */
export function botNames(): Set<string> {
  return new Set([...signs()].map(({ value }) => value.name));
}

/** Whether a user agent is the name of an attack tool. */
export function isAttackTool(userAgent: string | null | undefined): boolean {
  return known(userAgent)?.isAttackTool ?? false;
}

function known(userAgent: string | null | undefined): Known | null {
  if (userAgent === null || userAgent === undefined) return null;
  const text = userAgent.length > MAX_LENGTH
    ? userAgent.slice(0, MAX_LENGTH)
    : userAgent;
  let bot = cache.get(text);
  if (bot === undefined) {
    bot = recognise(text);
    cache.set(text, bot);
  }
  return bot;
}

function recognise(text: string): Known | null {
  const named = index.find(text);
  if (named !== undefined) return named;
  const generic = genericBot(text);
  return generic === null ? null : { ...generic, isAttackTool: false };
}

function* signs(): Generator<Sign<Known>> {
  const seen = new Set(own.ignored.map((sign) => sign.toLowerCase()));
  for (const sign of own.attackTools) {
    seen.add(sign.toLowerCase());
    const value: Known = {
      name: nameOf(sign),
      category: "tool",
      isAttackTool: true,
    };
    yield { sign, value, rank: 4 };
  }
  for (
    const [number, names] of ([own.names, crawlers.names] as Names[]).entries()
  ) {
    for (const [category, list] of Object.entries(names)) {
      for (const [sign, name] of list.flatMap(signsOf)) {
        if (seen.has(sign.toLowerCase())) continue;
        seen.add(sign.toLowerCase());
        const value: Known = {
          name,
          category: category as BotCategory,
          isAttackTool: false,
        };
        const rank = WEAK.has(category) ? 1 : 3 - number;
        yield { sign, value, rank, isFirst: category === "tool" };
      }
    }
  }
}

/** Signs and names: of a text, several names between bars, which are signs, too. */
function signsOf(
  each: string | readonly string[],
): [sign: string, name: string][] {
  return typeof each === "string"
    ? each.split("|").map((sign) => [sign, nameOf(sign)])
    : [[each[0]!, each[1]!]];
}

/** A sign without the characters that only delimit it. */
function nameOf(sign: string): string {
  return sign.replace(/[/\s(;]+$/, "").replace(/^[\s(]+/, "");
}
