import { quoted } from "../base/quoted.ts";
import type { LogEntry } from "./entry.ts";
import { finish, gather, type Role, take } from "./roles.ts";
import type { ScanPlan, Step } from "./scan.ts";
import { APACHE, ENVOY, GUNICORN, NGINX, requestHeader } from "./variables.ts";

/** A line definition from a server's configuration, compiled for reading lines. */
export interface Definition {
  read(line: string): LogEntry | null;
  /** Where a line stops matching the definition, in characters, and what was expected there. */
  where(line: string): { at: number; expected: string };
  /** How simple lines are read from their bytes; null if the pattern has to backtrack. */
  plan: ScanPlan | null;
}

type Part =
  | { kind: "text"; text: string }
  | {
    kind: "field";
    name: string;
    role: Role;
    header?: string;
    /** A part of a time, such as its zone alone. */
    isOfTime?: boolean;
  };

/** A longer text is a mistake, or an attack on the regular expression compiler. */
const LONGEST = 4_096;
const NGINX_FIELD = /\$(?:\{(\w+)\}|(\w+))/g;
const APACHE_FIELD =
  /%(?:[!\d,]*)[<>]?(?:\^?\{([^}]*)\}\^?([a-zA-Z]{1,3})|(\^?[a-zA-Z%]))/g;
const GUNICORN_FIELD = /%\(([^)]+)\)[sdf]/g;
const ENVOY_FIELD = /%([A-Z][A-Z0-9_]*)(?:\(([^)]*)\))?(?::\d+)?%/g;

/**
 * Compiles the definition of a log format: nginx' (`$remote_addr - $remote_user [$time_local] …`),
 * Apache's, lighttpd's and Tomcat's (`%h %l %u %t "%r" %>s %b`), gunicorn's (`%(h)s …`) or Envoy's
 * (`[%START_TIME%] …`). Values that no field gives stay unset; unknown fields are skipped.
 *
 * @throws {SyntaxError} if no field of it can identify a request.
 */
export function compileDefinition(
  definition: string,
  header = "x-forwarded-for",
): Definition {
  const parts = partsOf(definition).map((part) => forHeader(part, header));
  const roles = new Set(
    parts.flatMap((part) => part.kind === "field" ? [part.role] : []),
  );
  const has = (...any: Role[]) => any.some((role) => roles.has(role));
  const missing = !has("time", "clock")
    ? "the time"
    : !has("request", "target", "path")
    ? "the request"
    : !has("status")
    ? "the status"
    : !has("peer", "peer_port", "forwarded")
    ? "the client's address"
    : null;
  if (missing !== null) {
    throw new SyntaxError(
      `Cannot read by the format ${
        quoted(definition.slice(0, 200))
      }: expected a field for ${missing}`,
    );
  }
  const sources = parts.map((_, index) => sourceOf(parts, index));
  const whole = new RegExp(`^${sources.join("")}\\s*$`);
  const fields = parts.flatMap((part) => part.kind === "field" ? [part] : []);

  function read(line: string): LogEntry | null {
    const match = whole.exec(withoutRuns(line));
    if (match === null) return null;
    const entry = gather();
    for (let i = 0; i < fields.length; i++) {
      if (!take(entry, fields[i]!.role, match[i + 1]!)) return null;
    }
    return finish(entry);
  }

  function where(line: string): { at: number; expected: string } {
    line = withoutRuns(line);
    let at = 0;
    let source = "^";
    for (const [index, part] of parts.entries()) {
      source += sources[index];
      const match = new RegExp(source).exec(line);
      if (match === null) {
        const expected = part.kind === "text" ? quoted(part.text) : part.name;
        return { at, expected };
      }
      if (part.kind === "field" && !take(gather(), part.role, match.at(-1)!)) {
        return { at, expected: part.name };
      }
      at = match[0].length;
    }
    return { at, expected: "the end of the line" };
  }

  return { read, where, plan: planOf(parts) };
}

const RUN = /[ \t]{33}/;

/**
 * Blanks between fields, of which some may be empty, can be divided in many ways: long runs of them
 * outside of quotes become one, so that a line costs no more than its length.
 */
function withoutRuns(line: string): string {
  return RUN.test(line)
    ? line.replace(
      /"(?:[^"\\]|\\.)*"|[ \t]{33,}/g,
      (found) => found.startsWith('"') ? found : " ",
    )
    : line;
}

/** Only the configured header identifies clients; any other can be forged. */
function forHeader(part: Part, header: string): Part {
  if (part.kind === "text" || part.header === undefined) return part;
  if (part.header === header) return { ...part, role: "forwarded" };
  return part.role === "forwarded" ? { ...part, role: "ignore" } : part;
}

/** Whether a `--format` is a definition, not a name. */
export function isDefinition(format: string): boolean {
  return /[$%]/.test(format);
}

function partsOf(definition: string): Part[] {
  if (definition.length > LONGEST) {
    throw new SyntaxError(
      `Cannot read by a format of ${definition.length} characters: expected at most ${LONGEST}`,
    );
  }
  const text = bare(definition);
  if (/\$\{?\w/.test(text)) return split(text, NGINX_FIELD, nginx);
  if (/%\([^)]+\)[sdf]/.test(text)) {
    return split(text, GUNICORN_FIELD, gunicorn);
  }
  if (/%[A-Z][A-Z0-9_]{2,}(?:\([^)]*\))?(?::\d+)?%/.test(text)) {
    return split(text, ENVOY_FIELD, envoy);
  }
  return joinTimes(split(text.replaceAll('\\"', '"'), APACHE_FIELD, apache));
}

/** A directive in a configuration: its name, the format's name, the quotes. */
const DIRECTIVE =
  /^\s*(?:log_format\s+[\w-]+\s+(?:escape=\w+\s+)?|LogFormat\s+|CustomLog\s+\S+\s+|(?:accesslog\.format|access_log_format|accesslog-format|pattern)\s*=\s*)(?=["'])/;

/** The definition without the configuration syntax around it. */
function bare(definition: string): string {
  const directive = DIRECTIVE.exec(definition)?.[0] ?? "";
  let text = definition.slice(directive.length).trim();
  if (directive !== "" && text.startsWith('"')) {
    text = /^"((?:[^"\\]|\\.)*)"/s.exec(text)?.[1] ?? text;
  }
  return unbroken(text.replace(/^'|'\s*;?\s*$/g, ""))
    .replaceAll("\\t", "\t")
    // Tomcat's definition is in XML.
    .replaceAll("&quot;", '"').replaceAll("&amp;", "&")
    .replace(/^[\n\r ]+|[\n\r ]+$/g, "");
}

/** nginx joins quoted pieces over several lines. */
function unbroken(text: string): string {
  return text.replace(/'\s+'/g, "");
}

/** Apache's times may be written in pieces: `%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t`. */
function joinTimes(parts: Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const between = joined.at(-1);
    const before = joined.at(-2);
    if (
      part.kind === "field" && part.isOfTime && between?.kind === "text" &&
      /^[ .,:T-]{1,2}$/.test(between.text) && before?.kind === "field" &&
      before.isOfTime
    ) {
      joined.pop();
      before.name += between.text + part.name;
      before.role = "time";
    } else joined.push(part);
  }
  return joined;
}

function split(
  text: string,
  field: RegExp,
  read: (match: RegExpMatchArray) => Part[],
): Part[] {
  const parts: Part[] = [];
  let at = 0;
  const put = (part: Part) => {
    const last = parts.at(-1);
    if (part.kind === "text" && last?.kind === "text") last.text += part.text;
    else if (part.kind === "field" && last?.kind === "field") {
      // Without a separator, the end of a field is unknown.
      const isTarget = last.role === "path" && part.role === "query";
      last.role = isTarget ? "target" : "ignore";
      last.name += part.name;
    } else if (part.kind === "field" || part.text !== "") parts.push(part);
  };
  for (const match of text.matchAll(field)) {
    put({ kind: "text", text: text.slice(at, match.index) });
    for (const part of read(match)) put(part);
    at = match.index + match[0].length;
  }
  put({ kind: "text", text: text.slice(at) });
  return parts;
}

function nginx(match: RegExpMatchArray): Part[] {
  const name = match[1] ?? match[2]!;
  if (name.startsWith("http_")) return [headerField(match[0], name.slice(5))];
  return [{ kind: "field", name: match[0], role: NGINX[name] ?? "ignore" }];
}

function headerField(field: string, name: string): Part {
  return {
    kind: "field",
    name: field,
    role: requestHeader(name) ?? "ignore",
    header: name.toLowerCase().replaceAll("_", "-"),
  };
}

function apache(match: RegExpMatchArray): Part[] {
  const [whole, argument, long, short] = match;
  if (short === "%") return [{ kind: "text", text: "%" }];
  // %t includes its brackets.
  if (short === "t" && argument === undefined) {
    return [
      { kind: "text", text: "[" },
      { kind: "field", name: whole, role: "time" },
      { kind: "text", text: "]" },
    ];
  }
  let role: Role = "ignore";
  if (short !== undefined) role = APACHE[short.replace("^", "")] ?? "ignore";
  else if (long === "i") return [headerField(whole, argument!)];
  else if (long === "T") {
    role = argument === "us" || argument === "ms" ? argument : "s";
  } else if (long === "t") {
    role = strftimeRole(argument!);
    return [{ kind: "field", name: whole, role, isOfTime: true }];
  } else if (long === "a" || long === "h") role = "peer";
  return [{ kind: "field", name: whole, role }];
}

/** `%{%Y-%m-%dT%H:%M:%S%z}t`, `%{sec}t`, `%{end:msec}t`. */
function strftimeRole(argument: string): Role {
  if (/sec_frac/.test(argument)) return "ignore";
  if (/%c|sec/.test(argument)) return "time";
  const hasDate = /%[FYyDx]/.test(argument);
  const hasClock = /%[TRHIrX]/.test(argument);
  if (hasDate && hasClock) return "time";
  return hasDate ? "date" : hasClock ? "clock" : "ignore";
}

function gunicorn(match: RegExpMatchArray): Part[] {
  const name = match[1]!;
  const header = /^\{(.+)\}i$/.exec(name)?.[1];
  if (header) return [headerField(match[0], header)];
  if (name === "t") {
    return [
      { kind: "text", text: "[" },
      { kind: "field", name: match[0], role: "time" },
      { kind: "text", text: "]" },
    ];
  }
  return [{ kind: "field", name: match[0], role: GUNICORN[name] ?? "ignore" }];
}

function envoy(match: RegExpMatchArray): Part[] {
  const [whole, name, argument] = match;
  let role: Role = ENVOY[name!] ?? "ignore";
  if (name === "REQ") {
    // REQ(X?Y): Y if there is no X.
    const first = argument!.split("?")[0]!.toLowerCase();
    if (first === ":method") role = "method";
    else if (first === "x-envoy-original-path" || first === ":path") {
      role = "target";
    } else return [headerField(whole, first)];
  }
  return [{ kind: "field", name: whole, role }];
}

function sourceOf(parts: readonly Part[], index: number): string {
  const part = parts[index]!;
  const group =
    parts.slice(0, index + 1).filter(({ kind }) => kind === "field").length;
  if (part.kind === "text") {
    return part.text.split("\t").map((text) =>
      text.split(/\s+/).map(escaped).join("[ \\t]+")
    ).join("\\t");
  }
  const before = parts[index - 1];
  const after = parts[index + 1];
  const next = after?.kind === "text" ? after.text : "";
  const isQuoted = next.startsWith('"') && before?.kind === "text" &&
    before.text.endsWith('"');
  if (isQuoted) return `((?:[^"\\\\]|\\\\.)*)`;
  if (next.startsWith("\t")) return "([^\\t]*)";
  if (part.role === "time") return timeSource(next);
  // The last field extends to the end.
  if (next === "" && TEXTS.has(part.role)) return "(.*)";
  if (next === "") return listOr(part, group);
  const first = next[0]!;
  if (/\s/.test(first)) {
    if (part.role === "request") return "([A-Z]+ [^ ]+ HTTP/\\S+|\\S*)";
    // Names may contain spaces, and lists of hops and upstreams have them after commas.
    const second = next.trim()[0];
    if (part.role === "user" && second !== undefined) {
      return `([^${inClass(second)}]*?)`;
    }
    return listOr(part, group);
  }
  return `([^${inClass(first)}]*)`;
}

/** Null if the end of a field is not marked by a single character. */
function planOf(parts: readonly Part[]): ScanPlan | null {
  const steps: Step[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.kind === "text") continue;
    const ending = endingOf(parts, index);
    if (ending === null) return null;
    const before = parts[index - 1];
    const text = before?.kind === "text" ? before.text : "";
    steps.push({ text, role: part.role, ...ending });
  }
  const last = parts.at(-1);
  return { steps, last: last?.kind === "text" ? last.text : "" };
}

/**
 * How a field ends for which `sourceOf` has a pattern; null if the pattern can match in several
 * ways.
 */
function endingOf(
  parts: readonly Part[],
  index: number,
): Pick<Step, "ending" | "before"> | null {
  const source = sourceOf(parts, index);
  if (source === "(\\S*)") return { ending: "word", before: "" };
  // If the line has no backslash, nothing in quotes is escaped.
  if (source === `((?:[^"\\\\]|\\\\.)*)`) {
    return { ending: "until", before: '"' };
  }
  const after = parts[index + 1];
  const next = after?.kind === "text" ? after.text : "";
  const before = next.trimStart().charAt(0);
  if (before === "" || before > "~") return null;
  const excluded = `[^${inClass(before)}]*`;
  if (source === `(${excluded}?)` && next.startsWith(" ")) {
    return { ending: "words", before };
  }
  return source === `(${excluded})` && next[0] === before
    ? { ending: "until", before }
    : null;
}

/** Roles whose text may contain spaces. */
const TEXTS: ReadonlySet<Role> = new Set(["request", "agent", "referrer"]);

/**
 * A word; in lists of hops or upstreams, spaces may follow the commas. Lists match as a whole or
 * not at all, so that a line of only commas costs no more than any other.
 */
function listOr(
  { role, name }: { role: Role; name: string },
  group: number,
): string {
  const isList = role === "forwarded" || /upstream|forwarded/i.test(name);
  return isList ? `(?=(\\S*(?:(?<=,) \\S+)*))\\${group}` : "(\\S*)";
}

/** Times may contain spaces; the text after the last part marks the end. */
function timeSource(next: string): string {
  const first = next[0];
  if (first !== undefined && !/\s/.test(first)) {
    return `([^${inClass(first)}]*)`;
  }
  return `(\\d[\\d/.:,TZ-]*[A-Za-z]{0,3}[\\d/.:,TZ+-]*(?: \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)?(?: ?[+-]\\d\\d:?\\d\\d)?|-)`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function inClass(char: string): string {
  return escaped(char);
}
