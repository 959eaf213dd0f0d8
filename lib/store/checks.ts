import { keys } from "./keys.ts";

/**
 * How many checks an atomic write may hold. Deno's own SQLite takes 100, KV Connect servers and Deno
 * Deploy take 10 and refuse the whole write where there are more.
 */
export const MAX_CHECKS = 10;

/** How many checked writes run at once: see `atOnce`. */
export const WRITES_AT_ONCE = 4;

/** Options of {@linkcode byChecks}. */
export interface ByChecksOptions<T> {
  /** How many checks an item needs. @default one each */
  checks?: (item: T) => number;
  /** How many checks every write holds besides. @default {0} */
  beside?: number;
}

/**
 * Splits items, in their order, into as few groups as atomic writes can check. Each group is one
 * write: what has to hold together has to be one item.
 *
 * @throws {RangeError} where one item needs more checks than a write may hold.
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

/** What Deno's own SQLite takes is more; a write with so many holds its lock for some milliseconds. */
const MANY_CHECKS = 50;
const checksOf = new WeakMap<Deno.Kv, Promise<number>>();

/** How many checks a write may hold in this store: asked once, by a write that changes nothing. */
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
    // Whatever else is the matter, the next write says so.
    return MAX_CHECKS;
  }
}
