/**
 * How a proxy changes a message's fields: hop-by-hop fields are removed (RFC 9110, section 7.6.1),
 * and forwarding fields name the real client. All others are passed on unchanged, with their case,
 * order and repetitions; alternating names and values, as in `node:http`.
 *
 * @module
 */
import type { Judged } from "../http/target.ts";

/** How a request reached us. */
export interface Arrival {
  /** The address at the other end of the connection; empty for a unix socket. */
  peer: string;
  /** Whether the peer's forwarding headers are trusted. */
  trusted: boolean;
  /** The client's address, as determined by the guard. */
  client: string;
  /** The scheme that the client used, if known. */
  scheme: "http" | "https" | null;
  /** A header of one address that trusted peers set, such as `cf-connecting-ip`. */
  clientIpHeader: string;
  /**
   * Further headers that only trusted peers may set: they name a user. In lower case. @default {[]}
   */
  claims?: readonly string[];
}

const KEPT = 0;
/** A hop-by-hop field, or one that each sender sets anew. */
const DROPPED = 1;
/** Fields that apps trust for the client's address; no untrusted peer may set them. */
const CLAIM = 2;
/** A claim to which this hop is appended. */
const CHAINED = 3;
/** Frames the body: also correct for the forwarded message, whatever `Connection` says. */
const FRAMING = 4;
/** Names the fields of this connection. */
const NAMING = 5;

const KINDS = new Map<string, number>([
  ...[
    "host",
    "expect",
    "keep-alive",
    "proxy",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
    "http2-settings",
  ].map((name) => [name, DROPPED] as const),
  ...[
    "cf-connecting-ip",
    "fastly-client-ip",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
  ].map((name) => [name, CLAIM] as const),
  ...[
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
  ].map((name) => [name, CHAINED] as const),
  ["content-length", FRAMING],
  ["transfer-encoding", FRAMING],
  ["connection", NAMING],
]);

/** Cache by spelling: clients send the same names over and over. */
const known = new Map<string, number>();
const MOST_KNOWN = 1_000;
const LONGEST_KNOWN = 40;

function kindOf(name: string): number {
  const found = known.get(name);
  if (found !== undefined) return found;
  const lower = name.toLowerCase();
  let kind = KINDS.get(lower);
  if (kind === undefined) {
    // CGI and WSGI read `X_Real_IP` like `X-Real-IP`, so it could override what is set here.
    const plain = lower.replaceAll("_", "-");
    const kindOfPlain = KINDS.get(plain);
    if (kindOfPlain === CLAIM || kindOfPlain === CHAINED) kind = DROPPED;
    else if (!plain.startsWith("x-forwarded-")) kind = KEPT;
    else kind = plain === lower ? CLAIM : DROPPED;
  }
  if (name.length <= LONGEST_KNOWN) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, kind);
  }
  return kind;
}

/**
 * The fields of a request to the upstream.
 *
 * @param raw The fields as they were received.
 * @param host The `Host` to send.
 * @param asked The `Host` that the client sent.
 */
export function requestFields(
  raw: readonly string[],
  arrival: Arrival,
  host: string,
  asked: Judged["host"],
): string[] {
  const { trusted, clientIpHeader, claims = [] } = arrival;
  const isClaim = (name: string) =>
    isNamed(name, clientIpHeader) ||
    claims.length > 0 && claims.some((claim) => isNamed(name, claim));
  const named = namedByConnection(raw);
  const fields = ["Host", host];
  let forwardedFor: string | null = null;
  let forwarded: string | null = null;
  let proto: string | null = null;
  let via: string | null = null;
  let forwardedHost: string | null = null;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    const kind = kindOf(name);
    if (kind === FRAMING) {
      fields.push(name, value);
      continue;
    }
    if (kind === DROPPED || kind === NAMING) continue;
    if (kind === CHAINED) {
      if (!trusted) continue;
      switch (name.toLowerCase()) {
        case "x-forwarded-for":
          forwardedFor = joined(forwardedFor, value);
          break;
        case "forwarded":
          forwarded = joined(forwarded, value);
          break;
        case "x-forwarded-proto":
          proto ??= value;
          break;
        case "x-forwarded-host":
          forwardedHost ??= value;
          break;
        case "via":
          via = joined(via, value);
      }
      continue;
    }
    if (named !== null && named.has(name.toLowerCase())) continue;
    if (!trusted && (kind === CLAIM || isClaim(name))) continue;
    if (trusted && name.includes("_") && isClaim(name)) continue;
    fields.push(name, value);
  }
  const { peer, client, scheme } = arrival;
  const node = !peer ? "unknown" : peer.includes(":") ? `"[${peer}]"` : peer;
  const used = scheme ?? schemeOf(proto) ?? "http";
  let hop = `for=${node};proto=${used}`;
  if (asked !== "") hop += `;host="${asked}"`;
  fields.push(
    "X-Forwarded-For",
    joined(forwardedFor, peer || "unknown"),
    "Forwarded",
    joined(forwarded, hop),
    "X-Forwarded-Proto",
    used,
    "X-Forwarded-Host",
    forwardedHost ?? asked,
    "X-Real-IP",
    client,
    "Via",
    joined(via, "1.1 portcullis"),
  );
  return fields;
}

/**
 * Whether a field is that of `CLIENT_IP_HEADER` or another setting, in any spelling that an app
 * would accept.
 */
function isNamed(name: string, header: string): boolean {
  return name.length === header.length &&
    name.toLowerCase().replaceAll("_", "-") === header;
}

function joined(before: string | null, last: string): string {
  return before ? `${before}, ${last}` : last;
}

function schemeOf(text: string | null): "http" | "https" | null {
  const first = text?.split(",")[0]?.trim().toLowerCase();
  return first === "http" || first === "https" ? first : null;
}

/** The names listed in `Connection`; null if there are only the usual ones. */
function namedByConnection(raw: readonly string[]): Set<string> | null {
  let names: Set<string> | null = null;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]!.length !== 10 || kindOf(raw[i]!) !== NAMING) continue;
    const value = raw[i + 1]!;
    if (value === "keep-alive" || value === "close") continue;
    names ??= new Set();
    for (const name of value.split(",")) names.add(name.trim().toLowerCase());
  }
  return names;
}

const OF_ONE_ANSWER = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The fields of an upstream's response that are passed to the client. */
export function answerFields(raw: readonly string[]): string[] {
  const named = namedByConnection(raw);
  const fields: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const lower = name.toLowerCase();
    if (OF_ONE_ANSWER.has(lower)) continue;
    // The length delimits the body, so it is never a hop-by-hop field.
    if (named !== null && named.has(lower) && lower !== "content-length") {
      continue;
    }
    fields.push(name, raw[i + 1]!);
  }
  return fields;
}
