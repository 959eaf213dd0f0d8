const QUOTES = ["'", '"', "`"];

/**
 * Reads the text of an `.env` file: a name, `=` and a value on each line, the value in quotes where it
 * has line breaks or `#` in it; `#` begins a comment, `export` before a name is passed over. As
 * `parseEnv` of node:util, which the lowest Deno lacks.
 */
export function readEnvText(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  let rest = text.replaceAll("\r\n", "\n");
  while (rest !== "") {
    const [line, after] = cut(rest, "\n");
    rest = after;
    const [left, right] = cut(line, "=");
    const name = left.trim().replace(/^export\s+/, "").trim();
    if (left === line || name === "" || name.startsWith("#")) continue;
    const begun = right.trimStart();
    const quote = begun.slice(0, 1);
    const whole = `${begun.slice(1)}\n${rest}`;
    const end = QUOTES.includes(quote) ? whole.indexOf(quote) : -1;
    if (end < 0) {
      found[name] = cut(right, "#")[0].trim();
      continue;
    }
    const value = whole.slice(0, end);
    found[name] = quote === '"' ? value.replaceAll("\\n", "\n") : value;
    rest = cut(whole.slice(end), "\n")[1];
  }
  return found;
}

/** What comes before and after the first of a sign; all of it and nothing where there is none. */
function cut(text: string, sign: string): [before: string, after: string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
