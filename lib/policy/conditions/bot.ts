import { BOT_CATEGORIES, isBotCategory } from "../../bots/bot.ts";
import { isBotWord, nearestBotWord } from "../bot_words.ts";
import { shown } from "../rule_error.ts";
import { choice, type ReadValue } from "./choice.ts";
import type { Condition } from "./condition.ts";
import { yesOrNo } from "./yes_or_no.ts";

const readBot: ReadValue<string> = (node) => {
  if (node.kind === "string" && isBotWord(node.value)) return node.value;
  const meant = node.kind === "string" ? nearestBotWord(node.value) : null;
  return {
    expected: `a category or a crawler's name, received ${shown(node)}` +
      (meant === null ? "" : `: did you mean "${meant}"?`),
  };
};

/** Names and categories of crawlers. */
export const bot: Condition<string[]> = choice({
  read: readBot,
  schema: { anyOf: [{ enum: BOT_CATEGORIES }, { type: "string" }] },
  compile(words) {
    const set = new Set(
      words.map((word) => isBotCategory(word) ? word : word.toLowerCase()),
    );
    return ({ bot }) =>
      bot !== null &&
      (set.has(bot.category) || set.has(bot.name.toLowerCase()));
  },
  cost: 10,
  covers: (outer, inner) => outer.toLowerCase() === inner.toLowerCase(),
  before: "of bots:",
  help: `a crawler's name, or ${
    BOT_CATEGORIES.map((word) => `\`${word}\``).join(", ")
  }; by its user agent`,
});

/** Whether it is the crawler that it claims to be. */
export const verified: Condition<boolean> = yesOrNo({
  compile: (value) => ({ verified }) => verified === value,
  cost: 11,
  inLog: false,
  clause: (value) =>
    value ? "of verified bots" : "of bots that are not verified",
  help:
    "`true`, `false`: whether DNS or published ranges confirm what a crawler claims to be; does not match other clients, nor before the result is known",
});
