/** What crawlers and tools are for; the closed list that policies and filters know. */
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

/** What a client says it is. It proves nothing. */
export interface Bot {
  /** As its operator writes it, such as "Googlebot" or "curl". */
  name: string;
  category: BotCategory;
}

/** Whether a word is a category of bots. */
export function isBotCategory(word: string): word is BotCategory {
  return (BOT_CATEGORIES as readonly string[]).includes(word);
}
