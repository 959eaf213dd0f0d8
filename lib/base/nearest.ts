/** Common synonyms, which spelling alone would not find. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  for: ["duration", "expires", "expires_at", "expires_in", "expiry", "ttl"],
  ip: ["address", "addr", "cidr", "client", "ip_address", "range"],
  username: ["account", "login", "name", "user"],
  since: ["after", "begin", "from", "start"],
  until: ["before", "end", "to"],
  limit: ["count", "page_size", "per_page", "size"],
  cursor: ["offset", "page"],
  search: ["filter", "find", "q", "query"],
  next: ["new", "new_password"],
  current: ["old", "old_password"],
  path: ["target", "uri", "url"],
};

/**
 * The known name that an unknown one most likely stands for; null without known ones.
 *
 * @param isClose Whether to return null if more than a third of the letters differ.
 */
export function nearest(
  name: string,
  known: Iterable<string>,
  isClose = false,
): string | null {
  const text = name.toLowerCase().slice(0, 64);
  const names = [...known];
  const meant = names.find((each) =>
    each.toLowerCase() === text || MEANINGS[each]?.includes(text)
  );
  if (meant !== undefined) return meant;
  let best: string | null = null;
  let least = isClose ? Math.max(2, Math.floor(text.length / 3)) + 1 : Infinity;
  for (const each of names) {
    const distance = editDistance(text, each.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = each;
  }
  return best;
}

/** How many letters must be inserted, deleted or replaced to turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length]!;
}
