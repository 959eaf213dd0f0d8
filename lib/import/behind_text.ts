import { readAnyJson } from "./any_json.ts";
import type { LogEntry } from "./entry.ts";
import { findTime } from "./find_time.ts";
import { readPairs } from "./pairs.ts";
import { parsed } from "./peel.ts";

/** Monolog writes two objects; the second is mostly empty. */
const OBJECT = /^([^{]{1,400})(\{.*\})(?: (?:\[\]|\{\}))?$/;
const PAIR_START = /(?:^|\s)(?=[\w.@-]{1,64}=)/g;
/** A pair that starts later is part of a sentence. */
const MOST_STARTS = 12;
/** One or two pairs can occur in any sentence. */
const FEWEST = 3;

/**
 * Reads the console output of loggers: a time and words, followed by the fields as an object (zap,
 * Monolog) or as name=value (slog, zerolog, logrus). Null if there are no request fields.
 */
export function readBehindText(line: string, header: string): LogEntry | null {
  const { front, fields } = fieldsOf(line) ?? {};
  if (!fields) return null;
  const entry = readAnyJson(fields, header);
  if (entry !== null) entry.time ??= findTime(front!);
  return entry;
}

/** tracing's span in braces, then an event's own fields: `request{method=GET uri=/}: … status=200`. */
const SPAN = /^([^{]{20,160}[\w-]\{)(.*)(\}: )/;
const LATENCY = /\b(latency|elapsed|duration)=(\d+(?:\.\d+)?) ([nuµm]?s)\b/;

/** A target has no spaces, so it cannot end the span. */
function spanOf(
  line: string,
): { front: string; fields: Record<string, unknown> } | null {
  const match = SPAN.exec(line);
  if (match === null) return null;
  const [whole, front = "", inside = ""] = match;
  const behind = line.slice(whole.length).replace(LATENCY, "$1=$2$3");
  const first = behind.search(/(?<=^|\s)[\w.@-]{1,64}=/);
  const span = readPairs(inside);
  const own = first < 0 ? null : readPairs(behind.slice(first));
  return span && own && { front, fields: { ...own, ...span } };
}

function fieldsOf(
  line: string,
): { front: string; fields: Record<string, unknown> } | null {
  const match = OBJECT.exec(line);
  const json = match && parsed(match[2]!).json;
  if (json) return { front: match![1]!, fields: json };
  const span = spanOf(line);
  if (span !== null) return span;
  PAIR_START.lastIndex = 0;
  for (let tries = 0; tries < MOST_STARTS; tries++) {
    const start = PAIR_START.exec(line);
    if (start === null) return null;
    const at = start.index + start[0].length;
    const fields = at === 0 ? null : readPairs(line.slice(at));
    if (fields !== null && Object.keys(fields).length >= FEWEST) {
      return { front: line.slice(0, at), fields };
    }
    PAIR_START.lastIndex = Math.max(PAIR_START.lastIndex, at + 1);
  }
  return null;
}
