import { KeyStoreError } from "./key_store.ts";

/** The limits of a KV Connect server, as in denokv 0.14; denokv_test.ts compares both. */
export const LIMITS = {
  writeKeyBytes: 2_048,
  /** One more, so that a range can end after the longest key. */
  readKeyBytes: 2_049,
  valueBytes: 65_536,
  ranges: 10,
  /** For all ranges of a request together. */
  entries: 1_000,
  checks: 10,
  mutations: 1_000,
  /** Keys and values of a write together. */
  writeBytes: 819_200,
  watchedKeys: 10,
} as const;

/** @throws {KeyStoreError} if a number or size is above its limit. */
export function limit(
  name: keyof typeof LIMITS,
  actual: number,
  words: string,
): void {
  if (actual > LIMITS[name]) throw new KeyStoreError(words);
}

export const TOO_LONG_KEY = "A key exceeds the key size limit.";
export const TOO_LONG_VALUE = "A value exceeds the value size limit.";
