import type { Bot, BotCategory } from "./bot.ts";

/**
 * Words by which unlisted clients show that they are bots: those of npm's isbot 5.2.3 (Unlicense,
 * 2026) that stand for one purpose and occur in no browser's name. Clients that are only unlike a
 * browser, such as sync clients, are not included. Tested in this order.
 */
const WORDS: readonly [RegExp, BotCategory][] = [
  [/headless|phantom|selenium|webdriver|webkit2png/i, "headless"],
  [/uptime|monitor(?:ing)?\b|synthetic|healthcheck|health-check/i, "monitor"],
  [/\brss|rss\b|feed(?!back)|podcast/i, "feed"],
  [/preview|unfurl|onebox|opengraph/i, "preview"],
  [/archiv(?:e|er)\b|offline explorer/i, "archive"],
  [/\bseo|linkcheck|link checker|backlink/i, "seo"],
  [
    /bots?\b|bot_|crawl|spider|scrap(?:e|er|y)\b|scanner|grabber\b|fetcher\b|^python|^perl\b|^java\/|^php\b|^ruby\b|^lua|^node\b|^wget|http-?client|https?:\/\//i,
    "tool",
  ],
];
/** A brand of phones, and a file name. */
const NO_BOT = /\bcubot|\brobots?\.txt/i;
const NAME = /[\w.!-]+/g;
const MAX_NAME = 40;

/** The bot that an unlisted client claims to be, by its words. */
export function genericBot(userAgent: string): Bot | null {
  for (const [pattern, category] of WORDS) {
    const found = pattern.exec(userAgent);
    if (found === null) continue;
    const isBot = !NO_BOT.test(userAgent);
    if (isBot) return { name: nameAt(userAgent, found), category };
  }
  return null;
}

/** The word with the match, or the first word if the match is in a URL. */
function nameAt(
  userAgent: string,
  { index, 0: found }: RegExpExecArray,
): string {
  let first: string | null = null;
  for (const { 0: word, index: at } of userAgent.matchAll(NAME)) {
    first ??= word;
    if (found.startsWith("http")) break;
    if (at <= index && index < at + word.length) {
      return word.slice(0, MAX_NAME);
    }
  }
  return (first ?? found).slice(0, MAX_NAME);
}
