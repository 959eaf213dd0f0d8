import { loggedSignalsOf } from "./logged_signals.ts";

/** Parameters by which wikis are told the name of a page. */
const TITLES = new Set(
  "id title pagename topic article entry subject term word".split(" "),
);
/** The same where programs are also told which file to include. */
const PAGES = new Set("page n name node".split(" "));

/** One word, perhaps of a namespace, as it is or as the name of a function. */
const WORD = /^\.?[\p{L}\d_$@-]+(?:[:/.][\p{L}\d_$@-]+)*(?:\(\))?$/u;
const FILE = /^\.|\/|\.\p{L}{1,5}$/u;
const ORDINARY = /^[\w.~-]*$/;

/** Longer queries say more than a name. */
const LONGEST = 256;

/**
 * Whether all that looks odd in a request is the name of a page, in a parameter that wikis have for
 * it: `?id=Phpinfo()`. It is one word and passes nothing on, so it is a page if the app has one of that
 * name, which only its answer can tell.
 *
 * @param signals What the whole request shows.
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
