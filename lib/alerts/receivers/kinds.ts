import { discord, slack } from "./chat.ts";
import { gotify } from "./gotify.ts";
import type { ReceiverKind } from "./kind.ts";
import { mail } from "./mail.ts";
import { ntfy } from "./ntfy.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

/** The kinds of receivers that can be set up in the console, by the names that are stored. */
export const RECEIVER_KINDS = {
  slack,
  discord,
  mail,
  ntfy,
  gotify,
  telegram,
  webhook,
} as const satisfies Record<string, ReceiverKind>;

/** See {@linkcode RECEIVER_KINDS}. */
export type ReceiverKindName = keyof typeof RECEIVER_KINDS;
