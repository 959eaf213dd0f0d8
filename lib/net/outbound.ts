/**
 * The only HTTP client for addresses configured by an admin or an operator: webhooks, feeds.
 *
 * @module
 */
import {
  checkedAddresses,
  parseOutboundUrl,
  type ResolveHost,
  systemResolve,
} from "./outbound_address.ts";
import { OutboundError } from "./outbound_error.ts";
import {
  type Connect,
  exchange,
  type OutboundAnswer,
  systemConnect,
} from "./outbound_exchange.ts";

/** Options of {@linkcode sendOutbound}. */
export interface OutboundOptions {
  /** @default {"GET"} */
  method?: string;
  headers?: HeadersInit;
  /** A text is sent as UTF-8; set its type in `headers`. */
  body?: string | Uint8Array;
  /** The total timeout: DNS, connections, TLS, redirects and the body; in milliseconds. */
  timeoutMs: number;
  /** The largest body that is read, in bytes after decompression. */
  maxBytes: number;
  /** `OUTBOUND_PRIVATE`: whether non-public addresses are allowed. */
  allowPrivate: boolean;
  /**
   * How many redirects are followed, at most 3, each checked like the first address; never from
   * https to http. Only for GET and HEAD.
   * @default {0}
   */
  redirects?: number;
  /** @default {systemResolve} */
  resolve?: ResolveHost;
  /** @default {systemConnect} */
  connect?: Connect;
  /** Certificates in PEM that are trusted besides the system's. */
  caCerts?: string[];
  signal?: AbortSignal;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Fields that may be sent to another origin. */
const HARMLESS = new Set(["accept", "accept-language", "user-agent"]);

/**
 * Sends a request to a public address, and to no other unless `allowPrivate` is set: each address
 * that the name resolves to is checked, and the connection is made to a checked one, so that a
 * second DNS response cannot change it. A response of any status resolves; without `redirects` a
 * redirect is returned like any other response.
 *
 * @throws {OutboundError} with one clear sentence; nothing else.
 */
export async function sendOutbound(
  url: string | URL,
  options: OutboundOptions,
): Promise<OutboundAnswer> {
  const {
    method = "GET",
    body,
    timeoutMs,
    maxBytes,
    allowPrivate,
    resolve = systemResolve,
    connect = systemConnect,
    caCerts,
    signal,
  } = options;
  const left = Math.min(options.redirects ?? 0, MAX_REDIRECTS);
  const first = parseOutboundUrl(url);
  const over = new AbortController();
  const timer = setTimeout(() =>
    over.abort(
      new OutboundError(
        "timeout",
        `${first.host} did not answer completely within ${timeoutMs / 1_000} s`,
      ),
    ), timeoutMs);
  const stop = () =>
    over.abort(new OutboundError("aborted", "The request was cancelled"));
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const ended = new Promise<never>((_, reject) => {
    const fail = () => reject(over.signal.reason);
    if (over.signal.aborted) fail();
    else over.signal.addEventListener("abort", fail, { once: true });
  });
  ended.catch(() => {});

  async function go(
    to: URL,
    headers: Headers,
    hops: number,
  ): Promise<OutboundAnswer> {
    const addresses = await Promise.race([
      checkedAddresses(to, { allowPrivate, resolve }),
      ended,
    ]);
    const answer = await exchange({
      url: to,
      method,
      headers,
      body: typeof body === "string"
        ? new TextEncoder().encode(body)
        : body ?? null,
      addresses,
      maxBytes,
      caCerts,
      connect,
      signal: over.signal,
    });
    const next = hopOf(to, answer, method, left);
    if (next === null) return answer;
    if (hops === 0) {
      throw new OutboundError(
        "redirect",
        `${first.host} redirects more than ${left} times`,
      );
    }
    return await go(next, headersFor(headers, to, next), hops - 1);
  }

  try {
    return await go(first, new Headers(options.headers), left);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** The target of a redirect, or null if it is not followed. */
function hopOf(
  from: URL,
  { status, headers }: OutboundAnswer,
  method: string,
  left: number,
): URL | null {
  const location = headers.get("location");
  if (left === 0 || !REDIRECTS.has(status) || location === null) return null;
  if (method !== "GET" && method !== "HEAD") return null;
  const to = URL.parse(location, from.href);
  if (to === null) {
    throw new OutboundError("redirect", `${from.host} redirects to no URL`);
  }
  if (from.protocol === "https:" && to.protocol !== "https:") {
    throw new OutboundError(
      "redirect",
      `${from.host} redirects from https to something else`,
    );
  }
  return parseOutboundUrl(to);
}

/** Tokens, cookies and the like are only sent to their own origin. */
function headersFor(headers: Headers, from: URL, to: URL): Headers {
  if (from.origin === to.origin) return headers;
  return new Headers(
    [...headers].filter(([name]) => HARMLESS.has(name)),
  );
}
