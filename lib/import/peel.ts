/**
 * Log carriers often add a prefix to lines or wrap them: syslog, journald, docker, Kubernetes,
 * compose. It is recognised by its content and removed.
 *
 * @module
 */

import { unescapeField } from "./escapes.ts";
import { readRubyHash } from "./ruby_hash.ts";

/** A line without one layer of its wrapping. */
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

/** Fluent Bit's console: a number, the tag, a time and an object as Ruby prints it. */
const FLUENT_BIT =
  /^\[\d{1,10}\] [^\s\[{]{1,128}: \[\[?(\d{9,10}\.\d{1,9})(?:, \{[^{}]{0,512}\}\])?, (?=\{.*\}\]$)/;

/** Most common first; each ends directly before the line it carries. */
const PREFIXES: readonly RegExp[] = [
  // RFC 3164, rsyslog and journalctl -o short, short-iso, short-precise, short-full, with-unit.
  new RegExp(
    `^(?:<\\d{1,3}>)?(?:${BSD}|(?:${DAY})?${ISO}|\\d{9,10}\\.\\d{3,6}|\\[ *\\d+\\.\\d+\\]) (?:[\\w.:-]+ )?(?:(?:emerg|alert|crit|err|error|warning|notice|info|debug) )?[\\w./@%+-]{1,128}(?:\\[[\\w.-]+\\])?: `,
  ),
  // RFC 5424, with its structured data and byte order mark; over TCP with a length in front.
  /^(?:\d{1,7} )?<\d{1,3}>\d{1,2} \S+ \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]\\"]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?\ufeff?/,
  // The container runtime interface, in files of Kubernetes' pods.
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
  // journalctl -o export: one field per line.
  /^MESSAGE=/,
  // OpenLiteSpeed's default has an unclosed quote in front, or one at the end.
  OPEN_QUOTE,
  // Python's and Java's loggers: a time and a level.
  new RegExp(
    `^\\[?${ISO}\\]?,? *(?:-|\\||\\[\\d+\\])? *\\[?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|info)\\]?[:,]? *(?:[-|]|[\\w.]{1,64}:|\\[[\\w.]{1,64}\\])? +`,
  ),
  // Logback, log4j, Spring Boot and Odoo: a time, then thread, level and process in any order, and
  // the logger's name.
  new RegExp(
    `^(?:\\[?${ISO}\\]?|\\d\\d:\\d\\d:\\d\\d[.,]\\d{1,9}) +(?:\\[[^\\]]{1,128}\\] *|[A-Z]{4,8} +|\\d{1,10} +|--- +){1,6}(?:[\\w.?-]{1,64} +)?[\\w.$]{1,128}(?:\\[\\d+\\])? *(?:-|:) +(?=\\S)`,
  ),
  /^[A-Z]{4,8}:[\w.]{1,64}:/,
  // Levels of loggers.
  /^(?:\[[A-Z]{3,8}\]|(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR)):? +/,
  // Go's logger, with or without the file; Twisted's.
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[\w./-]{1,128}\.go:\d{1,6}: )?(?=\S)/,
  new RegExp(`^${ISO} \\[[\\w.#-]{1,64}\\] (?=["\\da-f:])`),
  // Loki's logcli: the labels.
  new RegExp(`^${ISO} \\{[^}]{0,512}\\} +`),
  FLUENT_BIT,
  // Fluentd's files: time, tag and object.
  new RegExp(`^${ISO}\\t[^\\s{]{1,128}\\t(?=\\{)`),
  // The process number of Puma and others.
  /^\[\d{1,10}\] /,
];

/** Fields of objects that hold the carried line. */
const FIELDS = [
  "log",
  "MESSAGE",
  "message",
  "textPayload",
  "line",
  "msg",
  "short_message",
  "_raw",
  "log_io",
  "event",
  "content",
  "body",
] as const;

/** Fields of objects that hold an object. */
const OBJECTS = [
  "jsonPayload",
  "log",
  "event",
  "message",
  "properties",
  "result",
  "attributes",
] as const;

/** No line has more layers. */
export const MOST_LAYERS = 3;

/** Number of ways to unwrap a line. */
export const PEELERS = PREFIXES.length + 1;

/** Removes a layer in one way, or returns null if that does not match. */
export function peel(
  { line, json }: Peeled,
  way: number,
): Peeled | null {
  if (way === PREFIXES.length) return json && unwrapped(json);
  if (json !== null) return null;
  const match = PREFIXES[way]!.exec(line);
  if (match === null || match[0].length === 0) return null;
  const rest = line.slice(match[0].length);
  if (PREFIXES[way] === FLUENT_BIT && rest.startsWith('{"')) {
    return parsed(`{"timestamp"=>${match[1]}, ${rest.slice(1)}`);
  }
  const isOpen = PREFIXES[way] === OPEN_QUOTE && rest.endsWith('"') &&
    rest.split('"').length % 2 === 0;
  return parsed(isOpen ? rest.slice(0, -1) : rest);
}

/** A line, parsed if it is an object. */
export function parsed(line: string): Peeled {
  const code = line.charCodeAt(0);
  const isFrame = code === SPACE || code === COMMA ||
    code === OPEN_BRACKET || code === RECORD_SEPARATOR;
  if (code !== OPEN_BRACE && !isFrame) return { line, json: null };
  // Arrays are also written with one object per line.
  const text = line.trim().replace(
    // deno-lint-ignore no-control-regex
    /^(?:\[|,|\x1e)\s*(?=\{)|(?:,|(?<=\})\])$/g,
    "",
  );
  if (!text.startsWith("{") || !text.endsWith("}")) return { line, json: null };
  try {
    return { line, json: JSON.parse(text) };
  } catch {
    // Not the other way round: Ruby's escapes are read more leniently.
    const escaped = text.includes("\\x") ? apacheJson(text) : null;
    return {
      line,
      json: escaped ?? (text.includes("=>") ? readRubyHash(text) : null),
    };
  }
}

/** Apache escapes bytes of its fields as `\xhh`, also if the format is JSON. */
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
/** RFC 7464. */
const RECORD_SEPARATOR = 30;

function unwrapped(json: Record<string, unknown>): Peeled | null {
  for (const name of FIELDS) {
    const value = json[name];
    if (typeof value === "string" && value !== "") {
      return parsed(value.replace(/\r?\n$/, ""));
    }
    // OpenTelemetry has its type around the text.
    if (name === "body") {
      const text = (value as { stringValue?: unknown } | null)?.stringValue;
      if (typeof text === "string") return parsed(text);
    }
    // journald writes a value that is not plain text as a list of its bytes.
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
