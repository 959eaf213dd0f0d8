export { BOT_CATEGORIES, isBotCategory } from "./bot.ts";
export type { Bot, BotCategory } from "./bot.ts";
export { botNames, botOf, isAttackTool } from "./bot_of.ts";
