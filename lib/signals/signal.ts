/**
 * The signals of a request, in the order of their bits in a mask. Masks are stored: add new words
 * at the end, and never move one.
 */
export const SIGNALS = [
  "sqli",
  "xss",
  "lfi",
  "rfi",
  "rce",
  "code",
  "jndi",
  "scanner",
  "probe",
  "proxy",
  "protocol",
] as const;

/** One word of {@linkcode SIGNALS}. */
export type Signal = typeof SIGNALS[number];

/** The bit of each signal. */
export const BIT = Object.freeze(
  Object.fromEntries(SIGNALS.map((word, at) => [word, 1 << at])),
) as Readonly<Record<Signal, number>>;

const KNOWN = (1 << SIGNALS.length) - 1;

/**
 * The mask of some words.
 *
 * @example
 * ```ts
 * import { signalMask } from "./signal.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(signalMask(["sqli", "lfi"]), 5);
 * ```
 */
export function signalMask(words: Iterable<string>): number {
  let mask = 0;
  for (const word of words) {
    if (!isSignal(word)) {
      throw new RangeError(
        `Cannot read a signal: expected one of ${
          SIGNALS.join(", ")
        }, received "${word}"`,
      );
    }
    mask |= BIT[word];
  }
  return mask;
}

/**
 * The words of a mask, in the order of {@linkcode SIGNALS}.
 *
 * @example
 * ```ts
 * import { signalNames } from "./signal.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(signalNames(5), ["sqli", "lfi"]);
 * ```
 */
export function signalNames(mask: number): Signal[] {
  if (!Number.isInteger(mask) || mask < 0 || mask > KNOWN) {
    throw new RangeError(
      `Cannot name signals: expected a mask from 0 to ${KNOWN}, received ${mask}`,
    );
  }
  return mask === 0 ? [] : SIGNALS.filter((word) => (mask & BIT[word]) !== 0);
}

/** Whether a text is one of the words. */
export function isSignal(text: string): text is Signal {
  return Object.hasOwn(BIT, text);
}
