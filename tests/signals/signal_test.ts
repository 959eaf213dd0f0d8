import { assertEquals, assertThrows } from "@std/assert";
import {
  isSignal,
  signalMask,
  signalNames,
  SIGNALS,
} from "../../lib/signals/signal.ts";
import fc from "fast-check";

Deno.test("SIGNALS: stored masks hold the words' places, so none ever moves", () => {
  assertEquals([...SIGNALS], [
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
  ]);
  assertEquals(SIGNALS.map((word) => signalMask([word])), [
    ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
  ]);
});

Deno.test("signalMask() and signalNames() are each other's inverse", () => {
  fc.assert(fc.property(fc.subarray([...SIGNALS]), (words) => {
    assertEquals(signalNames(signalMask(words)), words);
    assertEquals(signalMask([...words, ...words].reverse()), signalMask(words));
  }));
});

Deno.test("signalMask() throws for a word that it does not know", () => {
  for (const word of ["", "SQLI", "sqli ", "__proto__", "toString", "sql"]) {
    assertThrows(() => signalMask(["xss", word]), RangeError, `"${word}"`);
    assertEquals(isSignal(word), false);
  }
});

Deno.test("signalNames() throws for what is no mask", () => {
  for (const mask of [-1, 2048, 1.5, NaN, Infinity, 2 ** 31, 2 ** 32]) {
    assertThrows(() => signalNames(mask), RangeError, String(mask));
  }
});
