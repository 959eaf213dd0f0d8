import { messageOf } from "../base/error_words.ts";
import { deadline, DeadlineError } from "../base/delay.ts";
import { compareAndSet, ContentionError } from "./retry.ts";

/** How long a visitor waits for one operation of the store, in milliseconds. */
export const STORE_DEADLINE_MS = 1_000;

/** The store failed or did not answer in time; a request that needs it is answered with 503. */
export class StoreDownError extends Error {
  override name = "StoreDownError";
}

/**
 * Whether an error is the store's, also where nothing wrapped it: SQLite's own words (locked, full,
 * read-only, I/O), a deadline, a commit that lost every try.
 */
export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof StoreDownError || error instanceof DeadlineError ||
    error instanceof ContentionError || SQLITE.test(error.message);
}

/**
 * Whether the store's own code threw an error. Of a store that is known to be down that is enough;
 * otherwise it may be a bug, such as a key that is too long.
 */
export function isThrownByStore(error: unknown): boolean {
  return error instanceof Error && /\bext:deno_kv\//.test(error.stack ?? "");
}

const SQLITE =
  /\b(database (is|disk|or disk)|disk I\/O error|disk is full|readonly database)\b/i;

/**
 * Whether the store answered that it does not take what it was given: a number or size above its
 * limits. That is a bug and no outage.
 */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && !(error instanceof StoreDownError) &&
    REFUSED.test(error.message);
}

/** Deno KV's words for its limits, and how KV Connect's client tells a refused request. */
const REFUSED = /\btoo (many|large)\b|\(status=4(00|13)\b/i;

/**
 * Runs one operation of the store.
 *
 * The message keeps the store's own words, by which `compareAndSet` tells a locked database, which
 * it tries again, from a broken one.
 *
 * @throws {StoreDownError} when the operation fails or takes longer than `ms`; what the store does not
 * take is thrown as it is.
 */
export async function reach<T>(
  operation: () => Promise<T>,
  ms = STORE_DEADLINE_MS,
): Promise<T> {
  try {
    return await deadline(operation(), ms);
  } catch (error) {
    if (isRefused(error)) throw error;
    const words = messageOf(error);
    throw new StoreDownError(`Cannot reach the store: ${words}`, {
      cause: error,
    });
  }
}

/**
 * Runs a read-check-write cycle whose losing every try counts as the store being down. The cycle
 * wraps its own operations in {@linkcode reach}, so that errors of its own making pass unchanged.
 *
 * @throws {StoreDownError} when the store fails or other writers win every try.
 */
export async function transact<T>(
  cycle: () => Promise<T | undefined>,
): Promise<T> {
  try {
    return await compareAndSet(cycle);
  } catch (error) {
    if (!(error instanceof ContentionError)) throw error;
    throw new StoreDownError(error.message, { cause: error });
  }
}
