import { unescapeField, unescapeTarget } from "./escapes.ts";

/** Names in front of colons; not in quotes, brackets and parentheses. */
const NAMES =
  /"(?:[^"\\]|\\.)*"|\[[^\]]{0,64}\]|\([^)]{0,256}\)|(?:^| )([A-Za-z_][\w.-]{0,63}):(?!\/\/)/g;
/** `name=value` and `name="a value"`; separated by spaces, none within a name. */
const PAIR =
  /([\w.@-]{1,64})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?:\s+|$|(?<="),(?:\s+|(?=[\w.@-]{1,64}=")))/y;
const MOST = 200;

/** Labels of fields that are percent-encoded in a request. */
const REQUESTS: ReadonlySet<string> = new Set([
  "req",
  "uri",
  "request",
  "request_uri",
  "path",
  "url",
]);

/** A label of http://ltsv.org */
const LABEL = /^([\w.-]{1,64}):(.*)$/;

/**
 * Reads logfmt, such as `method=GET path="/" status=200`, or tab-separated labels and values
 * (LTSV); null for any other line.
 */
export function readPairs(
  line: string,
): Record<string, string | number> | null {
  const fields: Record<string, string | number> = {};
  if (line.includes(":") && line.includes("\t")) {
    for (const cell of line.split("\t", MOST)) {
      const match = LABEL.exec(cell);
      if (match === null) return null;
      const [, label, raw] = match as unknown as [string, string, string];
      fields[label] = unescaped(label, raw.replace(/^\[(.*)\]$/, "$1"));
    }
    return fields;
  }
  const elements = line.startsWith("<") ? readElements(line) : null;
  if (elements) return elements;
  let hasCommas = false;
  PAIR.lastIndex = 0;
  for (let count = 0; PAIR.lastIndex < line.length; count++) {
    const at = PAIR.lastIndex;
    const match = PAIR.exec(line);
    // Rails' parameters are no pairs: what stands before them is enough.
    if (match === null && line.startsWith("params=", at)) break;
    if (match === null || count === MOST) return null;
    const [, name, quoted, bare] = match;
    // Some separate with commas.
    if (count === 0) hasCommas = bare?.endsWith(",") ?? false;
    const value = hasCommas ? bare?.replace(/,$/, "") : bare;
    fields[name!] = quoted === undefined
      ? numberOf(value!)
      : unescaped(name!, quoted);
  }
  return Object.keys(fields).length === 0 ? null : fields;
}

/**
 * Creates a reader of `name:value` between blanks, LTSV with the wrong separator. All lines have the
 * names of the first one: a visitor's value with a name in it would move others.
 */
export function spacedReader(): (
  line: string,
) => Record<string, string> | null {
  let known = "";
  return function read(line) {
    if (line.includes("\t") || !/^[A-Za-z_][\w.-]{0,63}:\S/.test(line)) {
      return null;
    }
    const found = [...line.matchAll(NAMES)].filter(([, name]) => name);
    const names = found.map(([, name]) => name!);
    const isPlain = new Set(names).size === names.length && names.length > 3;
    if (!isPlain || names.join() !== (known || names.join())) return null;
    known = names.join();
    return Object.fromEntries(found.map((match, i) => {
      const raw = line.slice(
        match.index + match[0].length,
        found[i + 1]?.index,
      );
      const [, bare = raw] = /^(?:"(.*)"|\[.*\])$/.exec(raw.trim()) ?? [];
      return [
        match[1]!,
        unescapeField(bare.trim().replace(/^\[(.*)\]$/, "$1")),
      ];
    }));
  };
}

/** nginx and Apache escape visitors' input. */
function unescaped(label: string, raw: string): string {
  return (REQUESTS.has(label) ? unescapeTarget : unescapeField)(raw);
}

/** API Gateway offers `<ip>192.0.2.10</ip> <status>200</status>`, too. */
function readElements(line: string): Record<string, string> | null {
  const fields: Record<string, string> = {};
  for (const [, name, value] of line.matchAll(/<(\w{1,64})>([^<]*)<\/\1>/g)) {
    fields[name!] = value!;
  }
  return Object.keys(fields).length < 3 ? null : fields;
}

/** Converts a decimal number; only the field's name can tell its unit. */
export function numberOf(text: string): string | number {
  return /^\d{1,10}\.\d{1,9}$/.test(text) ? Number(text) : text;
}
