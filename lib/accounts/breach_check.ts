/**
 * Checks by k-anonymity whether a password is known from leaks: only the first five of forty
 * hexadecimal digits of its SHA-1 leave this machine, and hundreds of others begin alike.
 *
 * @module
 */
import { messageOf } from "../base/error_words.ts";
import { logLine } from "../base/log_line.ts";
import { sendOutbound } from "../net/outbound.ts";

/** Whether a password is known from leaks; false if the check fails. */
export type BreachCheck = (password: string) => Promise<boolean>;

/** Options of {@linkcode createBreachCheck}. */
export interface BreachCheckOptions {
  /** The URL that the five digits are appended to. */
  url: string;
  /** `OUTBOUND_PRIVATE`. */
  allowPrivate: boolean;
  /** How long to wait for a response, in milliseconds. @default {1500} */
  timeoutMs?: number;
  /** @default {Date.now} */
  now?: () => number;
}

/** Some 900 lines of 40 bytes, or twice that with padding. */
const MAX_BYTES = 512 * 1024;
/** How long checks are paused after a failure, in milliseconds. */
const PAUSE_MS = 30_000;
const PREFIX = 5;

/** See the module. It never throws: a failed check must not prevent a sign-up. */
export function createBreachCheck(
  { url, allowPrivate, timeoutMs = 1_500, now = Date.now }: BreachCheckOptions,
): BreachCheck {
  let pausedUntil = 0;
  return async function isBreached(password) {
    if (now() < pausedUntil) return false;
    const digest = await sha1Hex(password);
    try {
      const { status, body } = await sendOutbound(
        url + digest.slice(0, PREFIX),
        {
          timeoutMs,
          maxBytes: MAX_BYTES,
          allowPrivate,
          headers: { "add-padding": "true", "user-agent": "portcullis" },
        },
      );
      if (status !== 200) throw new Error(`It answered with ${status}`);
      return holds(new TextDecoder().decode(body), digest.slice(PREFIX));
    } catch (error) {
      pausedUntil = now() + PAUSE_MS;
      logLine("warn", "sys_breach_check_fail", {
        error: messageOf(error),
      });
      return false;
    }
  };
}

/** Lines of `SUFFIX:COUNT`; those that only pad the answer have a count of 0. */
function holds(text: string, suffix: string): boolean {
  for (const line of text.split("\n")) {
    const [known = "", count = ""] = line.trim().split(":");
    if (known.toUpperCase() === suffix && Number(count) > 0) return true;
  }
  return false;
}

async function sha1Hex(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
  return digest.toHex().toUpperCase();
}
