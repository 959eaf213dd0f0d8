/**
 * What carries a log's lines often writes something in front of them or wraps them: syslog,
 * journald, docker, Kubernetes, compose. It is peeled off by what it looks like.
 *
 * @module
 */

import { unescapeField } from "./escapes.ts";

/** A line without one layer of what was put around it. */
export interface Peeled {
  line: string;
  json: Record<string, unknown> | null;
}

const DAY = String.raw`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? `;
const ISO = String
  .raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[A-Z]{3,4}|[+-]\d\d:?\d\d))?`;
const BSD = String
  .raw`(?:[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: \d{4})?)`;

const OPEN_QUOTE =
  /^"(?=(?:[\w.-]{1,255}(?::\d{1,5})? )?[\da-f.:]{3,45} \S+ \S+ \[)/i;

/** In the order of how common they are; each ends right before the line that it carries. */
const PREFIXES: readonly RegExp[] = [
  // RFC 3164, rsyslog and journalctl -o short, short-iso, short-precise, short-full, with-unit.
  new RegExp(
    `^(?:<\\d{1,3}>)?(?:${BSD}|(?:${DAY})?${ISO}|\\d{9,10}\\.\\d{3,6}|\\[ *\\d+\\.\\d+\\]) (?:[\\w.:-]+ )?[\\w./@%+-]{1,128}(?:\\[[\\w.-]+\\])?: `,
  ),
  // RFC 5424, with its structured data and byte order mark; in TCP with a length in front.
  /^(?:\d{1,7} )?<\d{1,3}>\d{1,2} \S+ \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]\\"]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?\ufeff?/,
  // The container runtime interface, as files of Kubernetes' pods have it.
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) std(?:out|err) [FP] /,
  // docker compose, and kubectl logs --prefix.
  /^[\w.-]{1,128} +\| ?/,
  /^\[(?:pod\/)?[\w.-]+(?:\/[\w.-]+){1,2}\] /,
  // PM2.
  /^\d{1,4}\|[\w.-]+ +\| /,
  // docker logs -t and kubectl logs --timestamps.
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}(?:Z|[+-]\d\d:\d\d) (?=\S)/,
  // nginx' own syslog without a time, Java's and others' `name: `.
  /^(?:<\d{1,3}>)?[\w./-]{1,64}(?:\[\d{1,10}\])?: +/,
  /^<\d{1,3}>/,
  // DigitalOcean's apps: the component and a time.
  /^[\w-]{1,64} \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z (?=\S)/,
  // Fly's apps: time, machine, region and level.
  new RegExp(`^${ISO} [\\w-]{1,64}\\[\\w{1,32}\\] [a-z]{3} \\[\\w{1,10}\\] ?`),
  // journalctl -o export: a field a line.
  /^MESSAGE=/,
  // OpenLiteSpeed's default has a quote in front that nothing closes, or one at the end.
  OPEN_QUOTE,
  // Python's and Java's loggers: a time and a level.
  new RegExp(
    `^\\[?${ISO}\\]?,? *(?:-|\\||\\[\\d+\\])? *\\[?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|info)\\]?[:,]? *(?:[-|]|[\\w.]{1,64}:|\\[[\\w.]{1,64}\\])? +`,
  ),
  /^[A-Z]{4,8}:[\w.]{1,64}:/,
  // Levels of loggers.
  /^(?:\[[A-Z]{3,8}\]|(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR)):? +/,
  // Go's logger, perhaps with the file; Twisted's.
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[\w./-]{1,128}\.go:\d{1,6}: )?(?=\S)/,
  new RegExp(`^${ISO} \\[[\\w.#-]{1,64}\\] (?=["\\da-f:])`),
  // Loki's logcli: the labels.
  new RegExp(`^${ISO} \\{[^}]{0,512}\\} +`),
  // Puma and others: their process number.
  /^\[\d{1,10}\] /,
];

/** Where objects hold the line that they carry. */
const FIELDS = [
  "log",
  "MESSAGE",
  "message",
  "textPayload",
  "line",
  "msg",
  "short_message",
  "_raw",
  "event",
  "content",
  "body",
] as const;

/** Where they hold an object. */
const OBJECTS = [
  "jsonPayload",
  "log",
  "event",
  "message",
  "properties",
] as const;

/** No line has more around it. */
export const MOST_LAYERS = 3;

/** How many ways there are to peel. */
export const PEELERS = PREFIXES.length + 1;

/** Peels in one way, or null where that does not fit. */
export function peel(
  { line, json }: Peeled,
  way: number,
): Peeled | null {
  if (way === PREFIXES.length) return json && unwrapped(json);
  if (json !== null) return null;
  const match = PREFIXES[way]!.exec(line);
  if (match === null || match[0].length === 0) return null;
  const rest = line.slice(match[0].length);
  const isOpen = PREFIXES[way] === OPEN_QUOTE && rest.endsWith('"') &&
    rest.split('"').length % 2 === 0;
  return parsed(isOpen ? rest.slice(0, -1) : rest);
}

/** A line, parsed where it is an object. */
export function parsed(line: string): Peeled {
  const code = line.charCodeAt(0);
  const isFrame = code === SPACE || code === COMMA || code === OPEN_BRACKET;
  if (code !== OPEN_BRACE && !isFrame) return { line, json: null };
  // Arrays are written with an object a line, too.
  const text = line.trim().replace(/^(?:\[|,)\s*(?=\{)|(?:,|(?<=\})\])$/g, "");
  if (!text.startsWith("{") || !text.endsWith("}")) return { line, json: null };
  try {
    return { line, json: JSON.parse(text) };
  } catch {
    return { line, json: text.includes("\\x") ? apacheJson(text) : null };
  }
}

/** Apache escapes bytes of its fields as `\xhh`, also where the format makes them JSON. */
function apacheJson(text: string): Record<string, unknown> | null {
  const json = text.replace(
    /((?:\\x[\da-f]{2})+)|\\./gi,
    (escape, bytes?: string) =>
      bytes ? JSON.stringify(unescapeField(bytes)).slice(1, -1) : escape,
  );
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const SPACE = 32;
const COMMA = 44;

function unwrapped(json: Record<string, unknown>): Peeled | null {
  for (const name of FIELDS) {
    const value = json[name];
    if (typeof value === "string" && value !== "") {
      return parsed(value.replace(/\r?\n$/, ""));
    }
    // journald writes what is no plain text as a list of its bytes.
    if (name === "MESSAGE" && Array.isArray(value)) {
      return parsed(
        new TextDecoder().decode(Uint8Array.from(value as number[])),
      );
    }
  }
  for (const name of OBJECTS) {
    const value = json[name];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return {
        line: JSON.stringify(value),
        json: value as Record<string, unknown>,
      };
    }
  }
  return null;
}
