/** The known word that an unknown one was probably meant to be, or null. */
export function nearest(
  word: string,
  known: Iterable<string>,
): string | null {
  const lower = word.toLowerCase().slice(0, 64);
  let best: string | null = null;
  let least = Math.max(2, Math.floor(lower.length / 3)) + 1;
  for (const candidate of known) {
    const distance = edits(lower, candidate.toLowerCase(), least);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** How many characters must be put in, taken out or changed; `limit` where it is that many or more. */
function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    if (Math.min(...next) >= limit) return limit;
    row = next;
  }
  return Math.min(row[b.length]!, limit);
}
