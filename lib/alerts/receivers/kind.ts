import type { OutboundOptions } from "../../net/outbound.ts";
import { Refusal } from "../../base/refusal.ts";
import { quoted } from "../../base/quoted.ts";
import type { Receiver } from "../receiver.ts";

/** What a kind of receiver has to be told to reach one. */
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

/** What a receiver is reached by, by the names of its kind's fields. */
export type ReceiverSettings = Readonly<Record<string, string>>;

/** What a receiver works with besides its settings. */
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
   * The receiver of some settings.
   *
   * @throws {Refusal} where one of them cannot be.
   */
  open(settings: ReceiverSettings, context: ReceiverContext): Receiver;
}

/**
 * A setting that is an http(s) URL.
 *
 * @throws {Refusal} where it is none.
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
 * A setting of one form.
 *
 * @throws {Refusal} where it has another; secrets are not repeated.
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
