/** What numbers are written in where the reader names no language of ours. */
export const DEFAULT_LOCALE = "en";

/**
 * The language whose way of writing numbers a reader knows, by `Accept-Language`: the first one named
 * that there are rules for.
 */
export function readerLocale(header: string | null): string {
  for (const range of (header ?? "").slice(0, 200).split(",", 8)) {
    const tag = range.split(";", 1)[0]!.trim();
    if (!/^[a-z]{2,3}(-[a-z\d]{2,8}){0,3}$/i.test(tag)) continue;
    try {
      const [found] = Intl.NumberFormat.supportedLocalesOf(tag);
      if (found) return found;
    } catch {
      // A tag that only looks like one.
    }
  }
  return DEFAULT_LOCALE;
}
