import { payloadOf } from "./payload.ts";
import { PLACE } from "./place.ts";
import { holdsRequest } from "./protocol.ts";
import { ofPairs } from "./query.ts";
import { isSecret, ofSecret } from "./secrets.ts";
import { BIT } from "./signal.ts";
import { fold } from "./fold.ts";
import { uploadOf } from "./uploads.ts";

/** The part of a body that is read. */
const MOST_BODY = 65_536;
/** The most values to read one by one. */
const MOST_VALUES = 2_048;

/**
 * The signals of a body: of forms, JSON, XML and text by names and values, of uploads by the names.
 */
export function ofBody(body: string, type: string): number {
  const text = body.length > MOST_BODY ? body.slice(0, MOST_BODY) : body;
  const media = type.toLowerCase();
  if (media.includes("multipart/")) return ofMultipart(text);
  if (media.includes("json")) return ofJson(text);
  if (media.includes("xml")) return ofXml(text);
  if (media.includes("form-urlencoded")) return ofForm(text);
  const first = text.trimStart()[0];
  if (media === "" || media.includes("text/plain")) {
    if (first === "{" || first === "[") return ofJson(text);
    if (first === "<") return ofXml(text);
    return ofForm(text);
  }
  return 0;
}

function ofForm(text: string): number {
  let found = ofPairs(text, PLACE.form);
  // A single text, as some programs send it
  if (
    found === 0 && text.length < 1_024 && text.includes("&") &&
    !/^[\w.[\]%-]{1,64}=/.test(text)
  ) {
    found = payloadOf(text, PLACE.form, true);
  }
  if (found === 0 && text.includes("HTTP/")) {
    if (holdsRequest(fold(text.slice(0, 1_024), true))) found = BIT.protocol;
  }
  return found;
}

const NAMED = /^\s*:/;

/** The signals of the strings in JSON, both names and values; it need not be well-formed. */
function ofJson(text: string): number {
  let found = 0;
  let name = "";
  let at = text.indexOf('"');
  for (let values = 0; at >= 0 && values < MOST_VALUES; values++) {
    let end = at + 1;
    let isPlain = true;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === 0x22) break;
      if (code === 0x5c) {
        end++;
        isPlain = false;
      }
    }
    const raw = text.slice(at + 1, end);
    const isName = NAMED.test(text.slice(end + 1, end + 5));
    if (raw.length > 1) {
      const value = isPlain ? raw : unescaped(raw);
      const shown = payloadOf(value, PLACE.json);
      found |= !isName && shown !== 0 && isSecret(name)
        ? ofSecret(shown, value)
        : shown;
    }
    name = isName ? raw : "";
    at = text.indexOf('"', end + 1);
  }
  return found;
}

/** Decodes JSON's short escapes; `fold` decodes the numeric ones. */
function unescaped(raw: string): string {
  return raw.replace(/\\(["\\/nrtbf])/g, (_, letter: string) => {
    switch (letter) {
      case "n":
        return "\n";
      case "r":
        return "\r";
      case "t":
      case "b":
      case "f":
        return " ";
    }
    return letter;
  });
}

/** The signals of XML: of its text, attribute values and declarations. */
function ofXml(text: string): number {
  let found = /<!(?:DOCTYPE[^>]{1,200}?\[|ENTITY\s)/i.test(text) ? BIT.lfi : 0;
  let at = 0;
  for (let values = 0; at < text.length && values < MOST_VALUES; values++) {
    const open = text.indexOf("<", at);
    const content = text.slice(at, open < 0 ? text.length : open).trim();
    if (content.length > 1) found |= payloadOf(content, PLACE.form);
    if (open < 0) break;
    if (text.startsWith("<![CDATA[", open)) {
      const end = text.indexOf("]]>", open);
      found |= payloadOf(
        text.slice(open + 9, end < 0 ? text.length : end),
        PLACE.form,
      );
      at = end < 0 ? text.length : end + 3;
      continue;
    }
    at = ofTag(text, open + 1, (value) => {
      found |= payloadOf(value, PLACE.form);
    });
  }
  return found;
}

/** Reads a tag's attributes and returns the position of its end. */
function ofTag(
  text: string,
  at: number,
  value: (text: string) => void,
): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3e) return at + 1;
    if (code !== 0x22 && code !== 0x27) continue;
    const end = text.indexOf(text[at]!, at + 1);
    if (end < 0) return text.length;
    const inner = text.slice(at + 1, end);
    if (inner.length > 1) value(inner);
    at = end;
  }
  return at;
}

/** The signals of an upload: of its file names and the short values of its fields. */
function ofMultipart(text: string): number {
  let found = 0;
  let at = 0;
  for (let parts = 0; parts < 256; parts++) {
    const start = text.toLowerCase().indexOf("content-disposition:", at);
    if (start < 0) break;
    const blank = endOfHead(text, start);
    const head = text.slice(start, Math.min(blank, start + 1_024));
    const file = /filename\*?\s{0,3}=\s{0,3}"?([^"\n]{1,255})/i.exec(head);
    if (file) found |= uploadOf(file[1]!.replace(/\r$/, ""));
    const next = text.indexOf("\n--", blank);
    const content = text.slice(blank, next < 0 ? text.length : next).trim();
    if (!file && content.length > 1 && content.length < 1_024) {
      const type = /content-type:\s{0,3}([\w/+.-]{3,60})/i.exec(head)?.[1] ??
        "";
      found |= /json|xml/i.test(type)
        ? ofBody(content, type)
        : payloadOf(content, PLACE.form);
      if (/charset\s{0,3}=\s{0,3}"?utf-?7/i.test(head)) found |= BIT.protocol;
    }
    at = next < 0 ? text.length : next;
  }
  return found;
}

function endOfHead(text: string, start: number): number {
  const unix = text.indexOf("\n\n", start);
  const dos = text.indexOf("\r\n\r\n", start);
  if (unix < 0 && dos < 0) return text.length;
  if (unix < 0) return dos + 4;
  return dos < 0 || unix < dos ? unix + 2 : dos + 4;
}
