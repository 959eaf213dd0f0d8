import type { RequestRecord } from "../log/request_record.ts";
import { ByteTable } from "./byte_table.ts";
import { present } from "./entry.ts";
import { textOf } from "./lines.ts";
import type { LogClients } from "./log_client.ts";
import { gather, type Role, take } from "./roles.ts";
import { Scanner, type ScanPlan, TimeReader } from "./scan.ts";
import {
  type About,
  agentOf,
  hostOf,
  NOTHING,
  recordOf,
  referrerOf,
  requestOf,
  usernameOf,
} from "./to_record.ts";

/** Makes the record of a line's bytes; null if the line is not simple. */
export type QuickReader = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => RequestRecord | null;

const DASH = 45;
const ZERO = 48;
const KNOWN: readonly Role[] = [
  "ignore",
  "peer",
  "forwarded",
  "user",
  "time",
  "request",
  "status",
  "agent",
  "referrer",
  "host",
  "s",
  "ms",
  "us",
];

/**
 * Compiles a fast reader for the common lines of a definition: plain fields, the client is the
 * connection's address, an HTTP request. Its results are those of the definition's own reader. Null
 * if the definition has fields that it does not support.
 */
export function compileQuick(
  plan: ScanPlan,
  clientOf: LogClients,
): QuickReader | null {
  const roles = plan.steps.map(({ role }) => role);
  if (!roles.every((role) => KNOWN.includes(role))) return null;
  const at = (...any: Role[]) => {
    const found = roles.flatMap((role, i) => any.includes(role) ? [i] : []);
    // If there are several, the one that counts depends on their contents.
    return found.length > 1 ? NaN : found[0] ?? -1;
  };
  const peerAt = at("peer");
  const forwardedAt = at("forwarded");
  const userAt = at("user");
  const timeAt = at("time");
  const requestAt = at("request");
  const statusAt = at("status");
  const agentAt = at("agent");
  const referrerAt = at("referrer");
  const hostAt = at("host");
  const durationAt = at("s", "ms", "us");
  const all = [peerAt, userAt, timeAt, requestAt, statusAt, agentAt]
    .concat(forwardedAt, referrerAt, hostAt, durationAt);
  const needed = [peerAt, timeAt, requestAt, statusAt];
  if (all.some(Number.isNaN) || needed.includes(-1)) return null;

  const scanner = new Scanner(plan);
  const { places, hashes } = scanner;
  const times = new TimeReader();
  const addresses = new ByteTable((peer) => {
    const ip = clientOf({ ...gather(), peer: present(peer) });
    return ip && ` ${ip}`.slice(1);
  });
  const requests = new ByteTable((request) => {
    const entry = gather();
    take(entry, "request", request);
    return entry.method === null ? null : requestOf(entry.method, entry.target);
  });
  const agents = new ByteTable((text) => aboutOf(text, agentOf));
  const referrers = new ByteTable((text) => aboutOf(text, referrerOf));
  const hosts = new ByteTable((text) => {
    const entry = gather();
    return take(entry, "host", text) ? { host: hostOf(entry.host) } : null;
  });
  const durations = new ByteTable((text) => {
    const entry = gather();
    take(entry, roles[durationAt]!, text);
    return entry.durationMs;
  });

  function find<T>(
    table: ByteTable<T>,
    bytes: Uint8Array,
    field: number,
  ): T {
    const start = places[2 * field]!;
    return table.find(bytes, start, places[2 * field + 1]!, hashes[field]!);
  }

  /** Whether a field is a placeholder for no value. */
  function isAbsent(bytes: Uint8Array, field: number): boolean {
    const start = places[2 * field]!;
    const length = places[2 * field + 1]! - start;
    return length === 0 || length === 1 && bytes[start] === DASH;
  }

  return function readQuick(bytes, start, end) {
    if (!scanner.scan(bytes, start, end)) return null;
    if (forwardedAt >= 0 && !isAbsent(bytes, forwardedAt)) return null;
    const ip = find(addresses, bytes, peerAt);
    const request = find(requests, bytes, requestAt);
    const host = hostAt < 0 ? NO_HOST : find(hosts, bytes, hostAt);
    const status = statusIn(bytes, places[2 * statusAt]!);
    if (
      status === 0 || places[2 * statusAt + 1]! - places[2 * statusAt]! !== 3
    ) {
      return null;
    }
    const time = times.read(
      bytes,
      places[2 * timeAt]!,
      places[2 * timeAt + 1]!,
    );
    if (ip === null || request === null || host === null || time === null) {
      return null;
    }
    let username: string | null = null;
    if (userAt >= 0 && !isAbsent(bytes, userAt)) {
      const text = textOf(bytes, places[2 * userAt]!, places[2 * userAt + 1]!);
      username = usernameOf(text, status);
    }
    return recordOf({
      time,
      ip,
      request,
      status,
      durationMs: durationAt < 0 ? null : find(durations, bytes, durationAt),
      agent: agentAt < 0 ? NOTHING : find(agents, bytes, agentAt),
      referrer: referrerAt < 0 ? NOTHING : find(referrers, bytes, referrerAt),
      username,
      host: host.host,
    });
  };
}

const NO_HOST = { host: null };

function aboutOf(raw: string, of: (text: string) => About): About {
  const text = present(raw);
  return text === null ? NOTHING : of(text);
}

/** Three digits of a status, or 0; like {@linkcode readStatus}. */
function statusIn(bytes: Uint8Array, at: number): number {
  const ones = bytes[at + 2]! - ZERO;
  const tens = bytes[at + 1]! - ZERO;
  const hundreds = bytes[at]! - ZERO;
  const areDigits = ones >= 0 && ones <= 9 && tens >= 0 && tens <= 9;
  return areDigits && hundreds >= 1 && hundreds <= 5
    ? 100 * hundreds + 10 * tens + ones
    : 0;
}
