/**
 * The process's structured log: lines on standard error whose `event` is a name of OWASP's Logging
 * Vocabulary (`authn_login_fail`, `authz_fail`, `sys_startup` …), or one in the same style.
 *
 * @module
 */
import { escapeControl } from "./text.ts";

/** The level of a line. */
export type LogLevel = "info" | "warn" | "error";

/** Further fields of a line. */
export type LogFields = Record<string, string | number | boolean | null>;

/** How a {@linkcode LineLog} writes. */
export interface LineLogOptions {
  /** `LOG_FORMAT` @default {"json"} */
  format?: "json" | "text";
  /** Converts a visitor's address to the form that may be stored (`PRIVACY_IP`). */
  storeAddress?: (ip: string) => string;
  /**
   * The maximum lines of one event within ten seconds; further ones are only counted. @default
   * {200}
   */
  limit?: number;
  /** A monotonic clock, in milliseconds. */
  now?: () => number;
  /** @default {console.error} */
  write?: (line: string) => void;
}

const WINDOW_MS = 10_000;
const MAX_VALUE = 4_096;
/** Fields that hold a client's address. */
const ADDRESSES = new Set(["ip_address"]);

interface Window {
  since: number;
  written: number;
  left: number;
}

/**
 * Writes lines, but limits how many of one event: an attacker must not be able to flood the log.
 * The number of omitted lines is logged.
 */
export class LineLog {
  readonly #options: LineLogOptions;
  /** By event; event names are constants, so there are few. */
  readonly #windows = new Map<string, Window>();
  #nextLook = 0;

  constructor(options: LineLogOptions = {}) {
    this.#options = options;
  }

  line(level: LogLevel, event: string, fields: LogFields = {}): void {
    const { limit = 200, now = () => performance.now() } = this.#options;
    const at = now();
    if (at >= this.#nextLook) this.#sumUp(at);
    let window = this.#windows.get(event);
    if (window === undefined) {
      window = { since: at, written: 0, left: 0 };
      this.#windows.set(event, window);
    }
    if (window.written >= limit) {
      window.left++;
      return;
    }
    window.written++;
    this.#write(level, event, fields);
  }

  /** Logs how many lines were omitted. */
  flush(): void {
    this.#sumUp(Infinity);
  }

  #sumUp(at: number): void {
    let next = Infinity;
    for (const [event, { since, left }] of this.#windows) {
      if (at - since < WINDOW_MS) {
        next = Math.min(next, since + WINDOW_MS);
        continue;
      }
      this.#windows.delete(event);
      if (left > 0) {
        this.#write("warn", "sys_log_lines_left_out", {
          of: event,
          count: left,
        });
      }
    }
    this.#nextLook = Math.min(next, at + WINDOW_MS);
  }

  #write(level: LogLevel, event: string, fields: LogFields): void {
    // Looked up at each call, as tests replace it.
    const { format = "json", storeAddress, write = console.error } =
      this.#options;
    const line: Record<string, string | number | boolean | null> = {
      datetime: new Date().toISOString(),
      level: level.toUpperCase(),
      event,
    };
    for (const [name, value] of Object.entries(fields)) {
      line[name] = typeof value !== "string" ? value : escapeControl(
        cut(
          storeAddress && ADDRESSES.has(name) ? storeAddress(value) : value,
        ),
      );
    }
    write(format === "json" ? JSON.stringify(line) : textOf(line));
  }
}

function cut(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** `2026-01-05T12:00:00.000Z WARN authz_fail userid=ann path="/a b"` */
function textOf(
  { datetime, level, event, ...fields }: Record<string, unknown>,
): string {
  const rest = Object.entries(fields).map(([name, value]) =>
    typeof value === "string" && !/^[\w.:/+@%,-]+$/.test(value)
      ? `${name}=${JSON.stringify(value)}`
      : `${name}=${value}`
  );
  return [datetime, level, event, ...rest].join(" ");
}

/** Global, as standard error is shared by the whole process. */
let current = new LineLog();

/** Changes how {@linkcode logLine} writes: for the start of a process, not for libraries. */
export function setLog(options: LineLogOptions): LineLog {
  current.flush();
  return current = new LineLog(options);
}

/**
 * Writes one line to standard error, as set by {@linkcode setLog}; control characters in fields are
 * escaped, so that a hostile path cannot forge a second line.
 */
export function logLine(
  level: LogLevel,
  event: string,
  fields: LogFields = {},
): void {
  current.line(level, event, fields);
}
