import { messageOf } from "../base/error_words.ts";
import { deadline } from "../base/delay.ts";
import {
  checkedAddresses,
  namesPrivateAddress,
  type ResolveHost,
  systemResolve,
} from "../net/outbound_address.ts";
import type { ReceiverConfig } from "./receiver.ts";
import { type AlertState, readAlertState } from "./alert_state.ts";
import { countWaiting, MAX_WAITING } from "./outbox.ts";

/** The state of delivery, by any process. */
export interface AlertStatus {
  /** Null before the first delivery round. */
  state: AlertState | null;
  /** How many alerts wait, counted up to 500. */
  waiting: number;
}

/** Reads {@linkcode AlertStatus}; waiting alerts are counted only if there may be some. */
export async function alertStatus(
  kv: Deno.Kv,
  receiver: string | null = null,
): Promise<AlertStatus> {
  const [state, waiting] = await Promise.all([
    readAlertState(kv, receiver),
    countWaiting(kv, MAX_WAITING, receiver),
  ]);
  return { state, waiting };
}

const LOOKUP_MS = 2_000;

/** Why the webhook's address may not be asked, or null where it may; it is not asked. */
export async function addressProblem(
  { alertWebhookUrl, outboundPrivate }: ReceiverConfig,
  resolve: ResolveHost = systemResolve,
): Promise<string | null> {
  if (alertWebhookUrl === null) return null;
  const url = new URL(alertWebhookUrl);
  const allowPrivate = outboundPrivate || namesPrivateAddress(url);
  try {
    await deadline(
      checkedAddresses(url, { allowPrivate, resolve }),
      LOOKUP_MS,
    );
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
