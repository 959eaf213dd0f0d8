import { browserOf } from "../base/user_agent.ts";
import { botOf } from "./bot_of.ts";

/** The kinds of visitors by their user agents, without proof. */
export const VISITOR_KINDS = ["human", "bot", "unknown"] as const;

export type VisitorKind = typeof VISITOR_KINDS[number];

/**
 * Whether a user agent is that of a browser (human), of a crawler or tool (bot), or unknown: apps,
 * clients without a name, none at all.
 */
export function visitorKind(userAgent: string | null): VisitorKind {
  if (userAgent === null) return "unknown";
  if (botOf(userAgent) !== null) return "bot";
  return browserOf(userAgent) === null ? "unknown" : "human";
}
