import { messageOf } from "../base/error_words.ts";
import { deadline, DeadlineError } from "../base/delay.ts";
import { compareAndSet, ContentionError } from "./retry.ts";

/** Maximum time that a visitor waits for one operation of the store, in milliseconds. */
export const STORE_DEADLINE_MS = 1_000;

/** The store failed or did not answer in time; a request that needs it gets a 503 response. */
export class StoreDownError extends Error {
  override name = "StoreDownError";
}

/**
 * Whether an error is the store's, even if not wrapped: SQLite's own messages (locked, full,
 * read-only, I/O), a deadline, a commit that failed on every try.
 */
export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof StoreDownError || error instanceof DeadlineError ||
    error instanceof ContentionError || SQLITE.test(error.message);
}

/**
 * Whether the store's own code threw an error. While the store is known to be down, that is enough;
 * otherwise it may be a bug, such as a key that is too long.
 */
export function isThrownByStore(error: unknown): boolean {
  return error instanceof Error && /\bext:deno_kv\//.test(error.stack ?? "");
}

const SQLITE =
  /\b(database (is|disk|or disk)|disk I\/O error|disk is full|readonly database)\b/i;

/**
 * Whether the store rejected its input: a number or size above its limits. That is a bug, not an
 * outage.
 */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && !(error instanceof StoreDownError) &&
    REFUSED.test(error.message);
}

/** Deno KV's messages about its limits, and the status of a request that KV Connect refused. */
const REFUSED = /\btoo (many|large)\b|\(status=4(00|13)\b/i;

/**
 * Runs one operation of the store.
 *
 * The message keeps the store's own text, by which `compareAndSet` distinguishes a locked database,
 * which it retries, from a broken one.
 *
 * @throws {StoreDownError} when the operation fails or takes longer than `ms`; an error about
 * rejected input is thrown unchanged.
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
 * Runs a read-check-write cycle; if it fails on every try, the store counts as down. The cycle
 * wraps its own operations in {@linkcode reach}, so that errors that it throws itself pass
 * unchanged.
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
