import { durationMs, readDuration, type Unit } from "./duration.ts";
import { type LogEntry, present, splitRequest } from "./entry.ts";
import { decodePercent } from "./escapes.ts";
import { readStatus, readTime, withoutPort } from "./roles.ts";

/**
 * Paths of each field in an object, of which the first present is used; `a.b` is a field of a
 * field.
 */
export interface JsonFields {
  time: readonly string[];
  /** Addresses, with or without a port. */
  peer: readonly string[];
  forwarded?: readonly string[];
  /** A whole request line. */
  request?: readonly string[];
  method?: readonly string[];
  target?: readonly string[];
  /** If the target has none. */
  query?: readonly string[];
  status: readonly string[];
  /** A text may include its unit. */
  duration?: readonly [path: string, unit: Unit][];
  /** Start and end times, used if there is no duration. */
  began?: readonly [from: string, to: string];
  agent?: readonly string[];
  referrer?: readonly string[];
  user?: readonly string[];
  host?: readonly string[];
  /** User agent and referrer are percent-encoded. */
  isEncoded?: boolean;
  /** The call has a name instead of a method. */
  hasNoMethod?: boolean;
}

type Paths = readonly (readonly string[])[];

/**
 * Compiles a table to a function that reads an object; it returns null if the object is no request.
 */
export function jsonReader(
  fields: JsonFields,
  header = "x-forwarded-for",
): (value: Record<string, unknown>) => LogEntry | null {
  const compile = (paths: readonly string[] = []): Paths =>
    paths.map((path) => path.split("."));
  const time = compile(fields.time);
  const peer = compile(fields.peer);
  const forwarded = compile(
    header === "x-forwarded-for"
      ? fields.forwarded
      : fields.forwarded?.map((path) => spelt(path, header)),
  );
  const request = compile(fields.request);
  const method = compile(fields.method);
  const target = compile(fields.target);
  const query = compile(fields.query);
  const status = compile(fields.status);
  const agent = compile(fields.agent);
  const referrer = compile(fields.referrer);
  const user = compile(fields.user);
  const host = compile(fields.host);
  const durations =
    fields.duration?.map(([path, unit]) => [path.split("."), unit] as const) ??
      [];
  const began = fields.began && compile(fields.began);

  return function read(value) {
    const code = readStatus(String(find(value, status) ?? ""));
    if (code === 0) return null;
    const whole = text(find(value, request));
    const verb = text(find(value, method));
    const path = withQuery(text(find(value, target)), find(value, query));
    const isNone = whole === null &&
      (verb === null && !fields.hasNoMethod || path === null);
    // A request that was not HTTP still has a status, and empty fields.
    if (isNone && !isEmpty(value, request) && !isEmpty(value, method)) {
      return null;
    }
    const split = isNone
      ? { method: null, target: "-" }
      : whole === null
      ? { method: verb, target: path! }
      : splitRequest(whole);
    return {
      time: readTime(find(value, time)),
      peer: addressText(text(find(value, peer))),
      forwarded: present(text(find(value, forwarded))),
      ...split,
      status: code,
      durationMs: durationIn(value),
      userAgent: decoded(present(text(find(value, agent)))),
      referrer: decoded(present(text(find(value, referrer)))),
      username: present(text(find(value, user))),
      host: present(text(find(value, host))),
    };
  };

  function decoded(value: string | null): string | null {
    return fields.isEncoded && value?.includes("%")
      ? decodePercent(value.replaceAll("+", " "))
      : value;
  }

  function durationIn(value: Record<string, unknown>): number | null {
    for (const [path, unit] of durations) {
      const found = step(value, path);
      const ms = typeof found === "number"
        ? durationMs(found, unit)
        : typeof found === "string"
        ? readDuration(found, unit)
        : null;
      if (ms !== null) return ms;
    }
    if (!began) return null;
    const from = readTime(step(value, began[0]!));
    const to = readTime(step(value, began[1]!));
    // With whole seconds, the difference is nearly always wrong.
    if (from === null || to === null || from % 1_000 + to % 1_000 === 0) {
      return null;
    }
    return durationMs(to - from, "ms");
  }
}

/** A target with the query that stands in another field. */
export function withQuery<T extends string | null>(
  target: T,
  query: unknown,
): T | string {
  return typeof query !== "string" || query === "" || query === "-" ||
      target === null || target.includes("?")
    ? target
    : `${target}?${query.replace(/^\?/, "")}`;
}

/** A header's name in the spelling of a path that ends in `X-Forwarded-For`. */
function spelt(path: string, header: string): string {
  return path.replace(
    /x([-_]?)forwarded\1for/i,
    (_, mark: string) => header.replaceAll("-", mark),
  );
}

function find(value: Record<string, unknown>, paths: Paths): unknown {
  for (const path of paths) {
    const found = step(value, path);
    if (found !== undefined && found !== null && found !== "") return found;
  }
  return undefined;
}

/** Whether a field is present but empty. */
function isEmpty(value: Record<string, unknown>, paths: Paths): boolean {
  return paths.some((path) => ["", "-"].includes(step(value, path) as string));
}

function step(value: unknown, path: readonly string[]): unknown {
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    const fields: Record<string, unknown> = value as Record<string, unknown>;
    // Names of request headers are written in any case.
    value = Object.hasOwn(fields, name)
      ? fields[name]
      : inAnyCase(fields, name);
  }
  // Caddy and other Go servers log all values of a header field.
  return Array.isArray(value) ? value.join(", ") : value;
}

function inAnyCase(value: Record<string, unknown>, name: string): unknown {
  if (!name.includes("-")) return undefined;
  const lower = name.toLowerCase();
  for (const key in value) {
    if (key.length === name.length && key.toLowerCase() === lower) {
      return value[key];
    }
  }
  return undefined;
}

function text(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : null;
}

/** A client's port after an address without brackets: no group of an address has five digits. */
const BARE_PORT = /:[1-6]\d{4}$/;

/** The address of `192.0.2.7:80`, `[2001:db8::7]:80` and `2001:db8::7:40000`. */
export function addressText(value: string | null): string | null {
  const bare = present(value);
  if (bare === null) return null;
  const hasPort = bare.startsWith("[") ||
    bare.indexOf(":") === bare.lastIndexOf(":") && bare.includes(":") ||
    BARE_PORT.test(bare);
  return hasPort ? withoutPort(bare) : bare;
}
