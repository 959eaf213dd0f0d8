/** Bytes in hexadecimal (nginx, Apache), a code point (JSON), or a character after a backslash. */
const ESCAPES = /((?:\\x[\da-f]{2})+)|\\u([\da-f]{4})|\\(.)/gi;
const CONTROLS: Record<string, string> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  '"': '"',
  "\\": "\\",
  "/": "/",
};
const utf8 = new TextDecoder();

/** Decodes a server's escapes in a quoted field. */
export function unescapeField(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(
    ESCAPES,
    (escape, bytes?: string, code?: string, char?: string) => {
      if (bytes) {
        return utf8.decode(Uint8Array.fromHex(bytes.replaceAll(/\\x/gi, "")));
      }
      if (code) return String.fromCharCode(parseInt(code, 16));
      return CONTROLS[char ?? ""] ?? escape;
    },
  );
}

/**
 * The same for a target: raw bytes become percent-encoded, as a browser or our own server writes
 * them.
 */
export function unescapeTarget(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(
    ESCAPES,
    (escape, bytes?: string, code?: string, char?: string) => {
      if (bytes) return bytes.replaceAll(/\\x/gi, "%");
      if (code) return String.fromCharCode(parseInt(code, 16));
      return CONTROLS[char ?? ""] ?? escape;
    },
  );
}

/**
 * Decodes a percent-encoded field, as CloudFront writes them; returned unchanged if it is
 * malformed.
 */
export function decodePercent(raw: string): string {
  if (!raw.includes("%")) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
