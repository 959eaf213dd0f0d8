export { BOT_CATEGORIES, isBotCategory } from "./bot.ts";
export type { Bot, BotCategory } from "./bot.ts";
export { botOf, isAttackTool } from "./bot_of.ts";
