import { BOT_CATEGORIES, isBotCategory } from "../bots/bot.ts";
import { botNames } from "../bots/bot_of.ts";
import { nearest } from "../base/nearest.ts";

let names: Map<string, string> | undefined;

/** Bot names by their lower-case form. */
function known(): Map<string, string> {
  return names ??= new Map(
    [...botNames()].map((name) => [name.toLowerCase(), name]),
  );
}

/** Whether a word is a bot category or the name of a known bot. */
export function isBotWord(word: string): boolean {
  return isBotCategory(word) || known().has(word.toLowerCase());
}

/** The category or name that a word was probably meant to be. */
export function nearestBotWord(word: string): string | null {
  return nearest(word, BOT_CATEGORIES, true) ??
    nearest(word, known().values(), true);
}
