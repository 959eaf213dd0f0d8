import { decodePath } from "../base/decode_path.ts";
import { LONGEST_SENT, memo } from "../base/memo.ts";
/**
 * Entrances of products that many sites have, and for which scanners ask every site. A text that
 * begins with a slash is the beginning of a path, in whole segments; with `=` before it, the whole
 * path; any other is a last segment that is the first or second of its path.
 */
import data from "./entrances.json" with { type: "json" };

const LAST = new Set<string>();
const WHOLE = new Set<string>();
/** By the first segment. */
const BEGINNINGS = new Map<string, string[]>();
for (const text of Object.values<string[]>(data.names).flat()) {
  if (text.startsWith("=/")) WHOLE.add(text.slice(2));
  else if (!text.startsWith("/")) LAST.add(text);
  else {
    const [first = ""] = text.slice(1).split("/", 1);
    const same = BEGINNINGS.get(first);
    if (same) same.push(`${text.slice(1)}/`);
    else BEGINNINGS.set(first, [`${text.slice(1)}/`]);
  }
}

/** Consoles of databases under many names and versions; scripts that are named at random. */
const NAMES =
  /^(?:(?:\w{1,12}\/)?(?:pma\d{0,4}|(?:php-?my-?admin|phpma|my-?admin|mysql-?admin|sqlite-?manager)[\w.-]{0,24})(?:\/(?:index\.php|main\.php|scripts\/setup\.php)?)?|[a-z0-9]{1,2}\.php|wp-content\/(?:plugins|themes)\/[\w.-]{1,60}\/(?:readme|changelog)\.(?:txt|md))$/;

/**
 * Whether a path is the entrance of a product. A person may ask for one that was moved, so that one
 * request alone proves little: what else the client asks for tells more.
 */
export const isEntrance = memo(ofPath, 2_048, LONGEST_SENT);

function ofPath(path: string): boolean {
  const segments = decodePath(path).toLowerCase().split("/").filter((segment) =>
    segment !== ""
  );
  const last = segments.at(-1);
  if (last === undefined) return false;
  if (segments.length <= 2 && LAST.has(last)) return true;
  const plain = segments.join("/");
  return WHOLE.has(plain) || NAMES.test(plain) ||
    (BEGINNINGS.get(segments[0]!)?.some((text) =>
      `${plain}/`.startsWith(text)
    ) ?? false);
}
