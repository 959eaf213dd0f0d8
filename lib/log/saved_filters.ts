import { Refusal } from "../base/refusal.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { cutBytes } from "../base/text.ts";
import { EXCEPT, FILTER_NAMES } from "./request_filter.ts";

/** A named filter of the request log. */
export interface SavedFilter {
  name: string;
  /** The parameters of a URL, in a fixed order. */
  query: string;
}

/** More do not fit into a menu. */
const MAX_SAVED_FILTERS = 20;
/** In characters. */
export const MAX_FILTER_NAME = 40;
const MAX_QUERY = 1_000;

/** The URL parameters that filter the request log, in a fixed order, and no others. */
export function filterQuery(params: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of [...FILTER_NAMES, "since", "until"]) {
    const value = params.get(name)?.trim();
    if (value) query.append(name, value);
    for (const text of params.getAll(name + EXCEPT)) {
      const value = text.trim();
      const isNew = !query.getAll(name + EXCEPT).includes(value);
      if (value && isNew) query.append(name + EXCEPT, value);
    }
  }
  return query;
}

/** A user's saved filters, ordered by name. */
export async function listSavedFilters(
  kv: Deno.Kv,
  userId: string,
): Promise<SavedFilter[]> {
  const { value } = await kv.get<SavedFilter[]>(keys.savedFilters(userId));
  return value ?? [];
}

/**
 * Saves a filter; one of the same name is replaced.
 *
 * @throws {Refusal} if the name or the filter is empty or too long, or there are
 * {@linkcode MAX_SAVED_FILTERS} already.
 */
export async function saveFilter(
  kv: Deno.Kv,
  userId: string,
  { name, params }: { name: string; params: URLSearchParams },
): Promise<void> {
  const filter: SavedFilter = {
    name: cutBytes(name.trim().replaceAll(/\s+/g, " "), 256),
    query: filterQuery(params).toString(),
  };
  if (filter.name === "" || [...filter.name].length > MAX_FILTER_NAME) {
    throw new Refusal(
      "invalid",
      `Cannot save the filter: expected a name of 1 to ${MAX_FILTER_NAME} characters`,
    );
  }
  if (filter.query === "" || filter.query.length > MAX_QUERY) {
    throw new Refusal(
      "invalid",
      `Cannot save "${filter.name}": expected a filter that is set, of at most ${MAX_QUERY} characters`,
    );
  }
  await change(kv, userId, (filters) => {
    const others = filters.filter(({ name }) => name !== filter.name);
    if (others.length >= MAX_SAVED_FILTERS) {
      throw new Refusal(
        "invalid",
        `Cannot save "${filter.name}": ${MAX_SAVED_FILTERS} filters are saved already`,
      );
    }
    return [...others, filter];
  });
}

/** Deletes the filter of that name, if there is one. */
export async function forgetFilter(
  kv: Deno.Kv,
  userId: string,
  name: string,
): Promise<void> {
  await change(
    kv,
    userId,
    (filters) => filters.filter((filter) => filter.name !== name),
  );
}

async function change(
  kv: Deno.Kv,
  userId: string,
  next: (filters: SavedFilter[]) => SavedFilter[],
): Promise<void> {
  const key = keys.savedFilters(userId);
  await compareAndSet(async () => {
    const entry = await kv.get<SavedFilter[]>(key);
    const filters = next(entry.value ?? [])
      .sort((a, b) => a.name.localeCompare(b.name, "en"));
    const commit = kv.atomic().check(entry);
    if (filters.length === 0) commit.delete(key);
    else commit.set(key, filters);
    return (await commit.commit()).ok || undefined;
  });
}
