import { retryAfterMs } from "../geo/retry_after.ts";
import { hostOf, namesPrivateAddress } from "../net/outbound_address.ts";
import {
  OutboundError,
  type OutboundOptions,
  sendOutbound,
} from "../net/outbound.ts";
import { type AlertFormat, bodyOf, formatOf } from "./format.ts";
import type { Message } from "./message.ts";
import { signatureHeaders } from "./signature.ts";

/** Where alerts go, as the environment says it. */
export interface ReceiverConfig {
  alertWebhookUrl: string | null;
  alertWebhookSecret: string | null;
  alertWebhookFormat: AlertFormat | "auto";
  outboundPrivate: boolean;
}

/** How a try to tell something ended. */
export interface Posted {
  ok: boolean;
  /** Null where there was no answer. */
  status: number | null;
  /** One sentence; never more of the URL than its host. */
  words: string;
  /** How long the receiver asks to be left alone, in milliseconds; null where it does not. */
  retryAfterMs: number | null;
  tookMs: number;
}

/** Who is told. */
export interface Receiver {
  /** Its host, which may be shown: the path is often the secret. */
  host: string;
  /** Which is `json`, `slack` or `discord`. */
  format: AlertFormat;
  signed: boolean;
  /** Posts once; never rejects because of the receiver. */
  post(message: Message, signal?: AbortSignal): Promise<Posted>;
}

const TIMEOUT_MS = 10_000;
/** An answer is looked at for its status alone. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** A receiver that names no time is asked again by the usual steps. */
const NOT_SAID = -1;
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/**
 * The receiver of a configuration, or null where there is none. An address of this machine or of a
 * private network that stands in the URL itself is allowed by that; a name that leads to one takes
 * `OUTBOUND_PRIVATE=1`.
 */
export function receiverOf(
  config: ReceiverConfig,
  { now, send = {} }: {
    now: () => number;
    /** For tests: another resolver, other certificates, another deadline. */
    send?: Partial<OutboundOptions>;
  },
): Receiver | null {
  if (config.alertWebhookUrl === null) return null;
  const url = new URL(config.alertWebhookUrl);
  const { alertWebhookFormat, alertWebhookSecret: secret } = config;
  const format = alertWebhookFormat === "auto"
    ? formatOf(url)
    : alertWebhookFormat;
  const allowPrivate = config.outboundPrivate || namesPrivateAddress(url);
  const signed = secret !== null && format === "json";

  async function post(
    message: Message,
    signal?: AbortSignal,
  ): Promise<Posted> {
    const started = performance.now();
    const ended = (
      status: number | null,
      words: string,
      retryAfterMs: number | null = null,
    ): Posted => ({
      ok: status !== null && status >= 200 && status < 300,
      status,
      words,
      retryAfterMs,
      tookMs: Math.round(performance.now() - started),
    });
    const body = bodyOf(message, format);
    const at = now();
    try {
      const { status, headers } = await sendOutbound(url, {
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        ...send,
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...signed
            ? await signatureHeaders(secret, {
              id: message.id,
              timestamp: at,
              body,
            })
            : { "webhook-id": message.id },
        },
        body,
        allowPrivate,
        signal,
      });
      const wait = retryAfterMs(headers.get("retry-after"), at, NOT_SAID);
      return ended(
        status,
        status >= 300 && status < 400
          ? `${url.host} answered ${status}; redirects are not followed`
          : `${url.host} answered ${status}`,
        wait === NOT_SAID ? null : Math.min(wait, MAX_RETRY_AFTER_MS),
      );
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      // It was told, and says too much in return.
      if (error.failure === "size") return ended(200, `${url.host} took it`);
      return ended(null, error.message);
    }
  }
  return { host: hostOf(url), format, signed, post };
}
