const QUOTES = ["'", '"', "`"];

/**
 * Parses the text of an `.env` file: a name, `=` and a value per line, the value in quotes if it
 * contains line breaks or `#`; `#` starts a comment, and `export` before a name is ignored.
 * Equivalent to `parseEnv` of node:util, which the lowest supported Deno lacks.
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

/** The parts before and after the first separator; all and nothing if it is missing. */
function cut(text: string, sign: string): [before: string, after: string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
