/** The purposes of crawlers and tools; the closed list for policies and filters. */
export const BOT_CATEGORIES = [
  "search",
  "ai-training",
  "ai-answer",
  "seo",
  "preview",
  "feed",
  "monitor",
  "archive",
  "research",
  "tool",
  "headless",
] as const;

/** One of {@linkcode BOT_CATEGORIES}. */
export type BotCategory = typeof BOT_CATEGORIES[number];

/** What a client claims to be, without proof. */
export interface Bot {
  /** As its operator spells it, such as "Googlebot" or "curl". */
  name: string;
  category: BotCategory;
}

/** Whether a word is a category of bots. */
export function isBotCategory(word: string): word is BotCategory {
  return (BOT_CATEGORIES as readonly string[]).includes(word);
}
