import { acceptsLanguages } from "@std/http/negotiation";
import { DEFAULT_LOCALE } from "../lib/http/locale.ts";

const MOST_TEXT = 200;
const MOST_TAGS = 8;

/**
 * The locale for a reader's numbers, by `Accept-Language`: the preferred one (RFC 9110, section
 * 12.5.4) that `Intl` supports.
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
      // Not a valid tag.
    }
  }
  return DEFAULT_LOCALE;
}
