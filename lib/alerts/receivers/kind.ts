import type { OutboundOptions } from "../../net/outbound.ts";
import { Refusal } from "../../base/refusal.ts";
import { quoted } from "../../base/quoted.ts";
import type { Receiver } from "../receiver.ts";

/** A setting that a kind of receiver needs. */
export interface ReceiverField {
  name: string;
  label: string;
  /** One sentence: where to find it. */
  help: string;
  /** Never shown again. */
  isSecret?: boolean;
  isOptional?: boolean;
  type?: "text" | "url" | "email" | "number" | "password";
  placeholder?: string;
}

/** A receiver's settings by the field names of its kind. */
export type ReceiverSettings = Readonly<Record<string, string>>;

/** What a receiver needs besides its settings. */
export interface ReceiverContext {
  now: () => number;
  /** `OUTBOUND_PRIVATE`: whether the server may ask addresses of private networks. */
  allowPrivate: boolean;
  /** For tests. */
  send?: Partial<OutboundOptions>;
}

/** One kind of receiver, such as Slack. */
export interface ReceiverKind {
  /** What people call it. */
  label: string;
  /** Where its settings come from. */
  about: string;
  fields: readonly ReceiverField[];
  /**
   * Opens a receiver with settings.
   *
   * @throws {Refusal} if a setting is not valid.
   */
  open(settings: ReceiverSettings, context: ReceiverContext): Receiver;
}

/**
 * A setting that is an http(s) URL.
 *
 * @throws {Refusal} if it is not one.
 */
export function urlIn(settings: ReceiverSettings, name: string): URL {
  const text = settings[name] ?? "";
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Refusal(
      "invalid",
      `Cannot use ${name} ${quoted(text)}: expected an http(s) URL`,
    );
  }
  return url;
}

/**
 * A setting that matches a pattern.
 *
 * @throws {Refusal} if it does not match; secrets are not repeated in the message.
 */
export function matching(
  settings: ReceiverSettings,
  name: string,
  pattern: RegExp,
  expected: string,
): string {
  const text = settings[name] ?? "";
  if (!pattern.test(text)) {
    throw new Refusal(
      "invalid",
      `Cannot use this ${name}: expected ${expected}`,
    );
  }
  return text;
}
