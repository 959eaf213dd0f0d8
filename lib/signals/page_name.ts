import { loggedSignalsOf } from "./logged_signals.ts";

/** Parameters in which wikis expect a page name. */
const TITLES = new Set(
  "id title pagename topic article entry subject term word".split(" "),
);
/** The same, but other programs expect a file to include in them. */
const PAGES = new Set("page n name node".split(" "));

/** One word, perhaps in a namespace or with the brackets of a function. */
const WORD = /^\.?[\p{L}\d_$@-]+(?:[:/.][\p{L}\d_$@-]+)*(?:\(\))?$/u;
const FILE = /^\.|\/|\.\p{L}{1,5}$/u;
const ORDINARY = /^[\w.~-]*$/;

/** Longer queries contain more than a name. */
const LONGEST = 256;

/**
 * Whether the signals of a request come only from a page name, in a parameter that wikis use for
 * it: `?id=Phpinfo()`. It is one word without arguments, so it is a page if the app has one with
 * that name, which only the response shows.
 *
 * @param signals The signals of the whole request.
 */
export function onlyNamesPage(target: string, signals: number): boolean {
  return signals !== 0 && namesPage(target) &&
    loggedSignalsOf({ method: "GET", target }) === signals;
}

function namesPage(target: string): boolean {
  const start = target.indexOf("?");
  if (start < 0 || target.length - start > LONGEST) return false;
  if (/[^\w.~/-]|\.\./.test(target.slice(0, start))) return false;
  let names = 0;
  for (const pair of target.slice(start + 1).split("&")) {
    const [name, value = "", ...more] = pair.split("=");
    if (more.length > 0 || !ORDINARY.test(name!)) return false;
    if (isName(name!.toLowerCase(), value)) names++;
    else if (!ORDINARY.test(value)) return false;
  }
  return names === 1;
}

function isName(parameter: string, value: string): boolean {
  const isTitle = TITLES.has(parameter);
  if (!isTitle && !PAGES.has(parameter)) return false;
  let text: string;
  try {
    text = decodeURIComponent(value);
  } catch {
    return false;
  }
  return WORD.test(text) && (isTitle || !FILE.test(text));
}
