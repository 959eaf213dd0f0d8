/** Bytes in hexadecimal (nginx, Apache), a code point (JSON), or what a backslash stands before. */
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

/** The text that a server has escaped for a quoted field. */
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

/** The same for a target: its raw bytes are what a browser, or our own server, writes encoded. */
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

/** The text of a field of a URL's encoding, as CloudFront writes them; itself where that is broken. */
export function decodePercent(raw: string): string {
  if (!raw.includes("%")) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
