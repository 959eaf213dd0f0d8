import { acceptsLanguages } from "@std/http/negotiation";
import { DEFAULT_LOCALE } from "../lib/http/locale.ts";

const MOST_TEXT = 200;
const MOST_TAGS = 8;

/**
 * The language whose way of writing numbers a reader knows, by `Accept-Language`: the one that is
 * liked best (RFC 9110, section 12.5.4) of those that there are rules for.
 */
export function readerLocale(header: string | null): string {
  if (header === null) return DEFAULT_LOCALE;
  const headers = new Headers({
    "accept-language": header.slice(0, MOST_TEXT),
  });
  for (const tag of acceptsLanguages({ headers }).slice(0, MOST_TAGS)) {
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
