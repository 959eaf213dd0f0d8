import { keys } from "./keys.ts";

/**
 * Maximum number of checks in an atomic write. Deno's own SQLite accepts 100, KV Connect servers
 * and Deno Deploy accept 10 and refuse the whole write if there are more.
 */
export const MAX_CHECKS = 10;

/** How many checked writes run at once: see `atOnce`. */
export const WRITES_AT_ONCE = 4;

/** Options of {@linkcode byChecks}. */
export interface ByChecksOptions<T> {
  /** Number of checks that an item needs. @default one each */
  checks?: (item: T) => number;
  /** Number of further checks in every write. @default {0} */
  beside?: number;
}

/**
 * Splits items, in order, into as few groups as the checks of an atomic write allow. Each group is
 * one write: what must be written together must be one item.
 *
 * @throws {RangeError} if one item needs more checks than a write may have.
 */
export function* byChecks<T>(
  items: Iterable<T>,
  { checks = () => 1, beside = 0 }: ByChecksOptions<T> = {},
): Generator<T[], void, undefined> {
  let group: T[] = [];
  let held = beside;
  for (const item of items) {
    const wanted = checks(item);
    if (beside + wanted > MAX_CHECKS) {
      throw new RangeError(
        `Cannot check what is written: expected at most ${MAX_CHECKS} checks, received ${
          beside + wanted
        }`,
      );
    }
    if (held + wanted > MAX_CHECKS && group.length > 0) {
      yield group;
      group = [];
      held = beside;
    }
    group.push(item);
    held += wanted;
  }
  if (group.length > 0) yield group;
}

/** Deno's own SQLite accepts more; a write with this many holds its lock for some milliseconds. */
const MANY_CHECKS = 50;
const checksOf = new WeakMap<Deno.Kv, Promise<number>>();

/**
 * Maximum number of checks in a write to this store: tested once, with a write that changes
 * nothing.
 */
export function checksIn(kv: Deno.Kv): Promise<number> {
  let checks = checksOf.get(kv);
  if (checks === undefined) {
    checks = ask(kv);
    checksOf.set(kv, checks);
  }
  return checks;
}

async function ask(kv: Deno.Kv): Promise<number> {
  const asked = Array.from({ length: MANY_CHECKS }, (_, n) => ({
    key: keys.rollupMark(-1 - n),
    versionstamp: null,
  }));
  try {
    await kv.atomic().check(...asked).commit();
    return MANY_CHECKS;
  } catch {
    // Any other error will be reported by the next write.
    return MAX_CHECKS;
  }
}
