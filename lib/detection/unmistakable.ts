import { decodePath } from "../base/decode_path.ts";
/**
 * Paths of which one request cannot be an accident: only one vulnerable product, or a forgotten
 * file, has them. Compared decoded, without case. A text that begins with a slash is a run of whole
 * segments anywhere in a path; any other is a whole last segment.
 */
import data from "./unmistakable.json" with { type: "json" };

/**
 * `exploit`: only one vulnerable product has such a page; if the app has it, it is no offence.
 * `file`: the same for a file of settings, which forges show and which WebDAV clients store.
 * `neverServed`: such a file that must never be served; if it was, that is worse.
 */
export type Unmistakable = "exploit" | "file" | "neverServed";

const LAST = new Map<string, Unmistakable>();
const RUNS = new Map<string, { segments: string[]; kind: Unmistakable }[]>();
for (const kind of ["neverServed", "exploits", "files"] as const) {
  const value = kind === "exploits"
    ? "exploit"
    : kind === "files"
    ? "file"
    : kind;
  for (const text of Object.values<string[]>(data[kind]).flat()) {
    if (!text.startsWith("/")) LAST.set(text, value);
    else {
      const segments = text.slice(1).split("/");
      const same = RUNS.get(segments[0]!);
      if (same) same.push({ segments, kind: value });
      else RUNS.set(segments[0]!, [{ segments, kind: value }]);
    }
  }
}

/** File names of web shells and back doors, in server languages. */
const SHELL =
  /^(?:(?:[\w.-]{0,40}[_.-])?(?:web)?shell\d{0,3}|backdoor|webadmin|c99|c100|r57|wso\d*|b374k|alfa(?:cgiapi|-?shell)?|0byt3?|priv8|indoxploit|cmd|marijuana|lufix|gel4y|wsoyanz\w*)\.(?:php\d?|phtml|aspx?|jspx?|cgi|pl)$/;
/** Other names of settings with passwords, and scripts where a server has none. */
const SECRET = /^\.env[.~_-][\w.-]{0,30}$|^\w{2,20}\.env$/;
const MISPLACED =
  /^\.well-known\/(?:.{0,80}\/)?[^/]{1,40}\.php$|^(?:\w{1,20}\/)?wp-(?:content\/uploads|(?:admin|includes)\/(?:css|js|images|fonts))\/(?:.{0,80}\/)?[^/]{1,40}\.php$/;
/** The Docker API, by its version; what nmap asks for to learn how missing pages look. */
const VERSIONED =
  /^v1\.\d\d\/(?:containers|exec|images\/(?:json|create))(?:\/|$)|^nmap(?:upper|lower)check\d/;
/** Copies of a site or its database at its root; a download has a name or a folder. */
const COPY =
  /^(?:(?:back-?up|bak|dump|db|database|sql|mysql|www|wwwroot|htdocs|public_html|localhost|db_?(?:back-?up|dump))[\d_-]{0,12})\.(?:sql(?:\.(?:gz|zip|bz2|xz))?|(?:tar\.)?(?:gz|bz2|xz)|tar|tgz|7z|rar|zip|bak)$/;
/** A static file's name after a script's path: bypasses the login of some apps. */
const BEHIND_SCRIPT = /\.php\/\.[\w.]*(?:js|css|png|map)$/;

/** Path segments under which forges, editors and manuals show files by name. */
const SHOWN = new Set(
  `src blob raw tree blame commits files browse edit history - wiki w docs doc documentation manual
   help blog posts articles questions tags topics topic forum search`
    .split(/\s+/),
);
/** A secret file deeper than this is an ordinary file. */
const MAX_DEPTH = 4;

/** Classifies a path for which one request is proof enough, or null. */
export function unmistakableIn(path: string): Unmistakable | null {
  const segments = decodePath(path).toLowerCase().split("/").filter((segment) =>
    segment !== ""
  );
  const last = segments.at(-1)?.trim();
  if (last === undefined) return null;
  if (SHELL.test(last)) return "exploit";
  const plain = segments.join("/");
  if (MISPLACED.test(plain) || VERSIONED.test(plain)) return "exploit";
  if (segments.length > 1 && BEHIND_SCRIPT.test(segments.slice(-2).join("/"))) {
    return "exploit";
  }
  const kind = LAST.get(last) ?? runIn(segments) ??
    (segments.length <= 2 && SECRET.test(last) || COPY.test(plain)
      ? "file"
      : null);
  if (kind === null || kind === "exploit") return kind;
  const isShown = segments.length > MAX_DEPTH ||
    segments.slice(0, -1).some((segment) => SHOWN.has(segment));
  return isShown ? null : kind;
}

function runIn(segments: readonly string[]): Unmistakable | null {
  for (let at = 0; at < segments.length; at++) {
    for (const run of RUNS.get(segments[at]!) ?? []) {
      if (run.segments.every((each, n) => segments[at + n] === each)) {
        return run.kind;
      }
    }
  }
  return null;
}
