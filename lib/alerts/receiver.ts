import { retryAfterMs } from "../geo/retry_after.ts";
import { hostOf, namesPrivateAddress } from "../net/outbound_address.ts";
import { OutboundError } from "../net/outbound_error.ts";
import { type OutboundOptions, sendOutbound } from "../net/outbound.ts";
import { type AlertFormat, bodyOf, formatOf } from "./format.ts";
import type { Message } from "./message.ts";
import { signatureHeaders } from "./signature.ts";
import { HOUR } from "../base/duration.ts";

/** Where alerts go, as the environment says it. */
export interface ReceiverConfig {
  alertWebhookUrl: string | null;
  alertWebhookSecret: string | null;
  alertWebhookFormat: AlertFormat | "auto";
  outboundPrivate: boolean;
}

/** The result of a delivery attempt. */
export interface Posted {
  ok: boolean;
  /** Null without a response. */
  status: number | null;
  /** One sentence; never more of the URL than its host. */
  words: string;
  /** The receiver's `Retry-After`, in milliseconds; null without one. */
  retryAfterMs: number | null;
  tookMs: number;
}

/** An opened receiver. */
export interface Receiver {
  /** Its host, which may be shown: the path is often the secret. */
  host: string;
  /** Such as `json`, `slack` or `mail`. */
  format: string;
  signed: boolean;
  /** Posts once; never rejects because of the receiver. */
  post(message: Message, signal?: AbortSignal): Promise<Posted>;
}

const TIMEOUT_MS = 10_000;
/** Only the status of a response is used. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Without `Retry-After`, the usual delays apply. */
const NOT_SAID = -1;
const MAX_RETRY_AFTER_MS = HOUR;

/** The request that sends one message. */
export interface MessageRequest {
  body: string;
  headers?: Record<string, string>;
}

/** Options of {@linkcode httpReceiver}. */
export interface HttpReceiverOptions {
  url: URL;
  format: string;
  signed?: boolean;
  /** Whether it may be an address of this machine or of a private network. */
  allowPrivate: boolean;
  request: (
    message: Message,
    now: number,
  ) => MessageRequest | Promise<MessageRequest>;
  now: () => number;
  /** For tests: another resolver, other certificates, another deadline. */
  send?: Partial<OutboundOptions>;
}

/** A receiver reached by HTTP. */
export function httpReceiver(
  { url, format, signed = false, allowPrivate, request, now, send = {} }:
    HttpReceiverOptions,
): Receiver {
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
    const at = now();
    const { body, headers: fields } = await request(message, at);
    try {
      const { status, headers } = await sendOutbound(url, {
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        ...send,
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": message.id,
          ...fields,
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
      // It was delivered; the response was too long.
      if (error.failure === "size") return ended(200, `${url.host} took it`);
      return ended(null, error.message);
    }
  }
  return { host: hostOf(url), format, signed, post };
}

/** A webhook that takes JSON, or what Slack or Discord take. */
export function webhookReceiver(
  { url, format, secret, ...rest }:
    & {
      url: URL;
      format: AlertFormat | "auto";
      /** What JSON is signed with. */
      secret: string | null;
    }
    & Pick<HttpReceiverOptions, "allowPrivate" | "now" | "send">,
): Receiver {
  const spoken = format === "auto" ? formatOf(url) : format;
  const signed = secret !== null && spoken === "json";
  return httpReceiver({
    ...rest,
    url,
    format: spoken,
    signed,
    async request(message, timestamp) {
      const body = bodyOf(message, spoken);
      if (!signed) return { body };
      const { id } = message;
      return {
        body,
        headers: await signatureHeaders(secret, { id, timestamp, body }),
      };
    },
  });
}

/**
 * The receiver of a configuration, or null where there is none. An address of this machine or of a
 * private network that stands in the URL itself is allowed by that; a name that leads to one takes
 * `OUTBOUND_PRIVATE=1`.
 */
export function receiverOf(
  config: ReceiverConfig,
  { now, send }: Pick<HttpReceiverOptions, "now" | "send">,
): Receiver | null {
  if (config.alertWebhookUrl === null) return null;
  const url = new URL(config.alertWebhookUrl);
  return webhookReceiver({
    url,
    format: config.alertWebhookFormat,
    secret: config.alertWebhookSecret,
    allowPrivate: config.outboundPrivate || namesPrivateAddress(url),
    now,
    send,
  });
}
