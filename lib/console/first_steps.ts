/**
 * The list of first steps after the first login. Items are done by the actual state, not by a tick.
 *
 * @module
 */
import { listReceivers } from "../alerts/receiver_store.ts";
import { getTotp } from "../accounts/second_factor.ts";
import { listFeeds } from "../feeds/feed_store.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import type { ConsoleParts } from "./console_parts.ts";

/** The items, in the recommended order. */
const FIRST_STEPS = [
  "proxy",
  "safelist",
  "factor",
  "import",
  "feed",
  "alerts",
] as const;

export type FirstStep = typeof FIRST_STEPS[number];

/** The state of an item. */
export interface Step {
  name: FirstStep;
  isDone: boolean;
  /** What is wrong, if there is more to say than that it is not done. */
  detail?: string;
}

/** What the items are computed from. */
export interface FirstStepsInput {
  /** The reader; null if another app authenticates users, with its own second factor. */
  userId: string | null;
  ip: string;
  /** What looks wrong with the reader's own request. */
  proxyHints: readonly string[];
  /** Whether a variable sets a webhook. */
  hasWebhook: boolean;
}

/** The items; empty once all are done or the user has hidden the list. */
export async function firstSteps(
  { kv, now, lists, accounts }: Pick<
    ConsoleParts,
    "kv" | "now" | "lists" | "accounts"
  >,
  { userId, ip, proxyHints, hasWebhook }: FirstStepsInput,
  reader: string,
): Promise<Step[]> {
  if ((await kv.get(keys.firstSteps(reader))).value !== null) return [];
  const [totp, imported, feeds, receivers] = await Promise.all([
    userId === null ? null : getTotp(accounts, userId),
    kv.get(keys.importKey()),
    listFeeds(kv),
    listReceivers(kv),
  ]);
  const steps: Step[] = [
    {
      name: "proxy",
      isDone: proxyHints.length === 0,
      detail: proxyHints[0],
    },
    { name: "safelist", isDone: lists.match(ip, now())?.kind === "safe" },
    { name: "import", isDone: imported.value !== null },
    { name: "feed", isDone: feeds.length > 0 },
    { name: "alerts", isDone: hasWebhook || receivers.length > 0 },
  ];
  if (userId !== null) {
    steps.splice(2, 0, { name: "factor", isDone: totp !== null });
  }
  return steps.every(({ isDone }) => isDone) ? [] : steps;
}

/** Hides the list for a user. */
export async function dismissFirstSteps(
  kv: Deno.Kv,
  reader: string,
  now: number,
): Promise<void> {
  await write(() => kv.set(keys.firstSteps(reader), { at: now }));
}
