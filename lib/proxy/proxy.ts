/**
 * A reverse proxy as a handler of `Deno.serve`: what stands behind the guard where the app is
 * somebody else's, in any language.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { type GuardedInfo, peerAddress } from "../guard/info.ts";
import { pathOf } from "../http/record_fields.ts";
import { type Cidr, contains } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { problem, titleOf } from "../http/problem.ts";
import { bridge } from "./bridge.ts";
import { requestFields, responseHeaders } from "./headers.ts";
import {
  BadGatewayError,
  GatewayTimeoutError,
  Upstream,
  type UpstreamAnswer,
} from "./upstream.ts";

/** Options of {@linkcode createProxy}. */
export interface ProxyOptions {
  /** Where requests go: `http:` or `https:`; a path is put before the request's. */
  upstream: string | URL;
  /**
   * Peers whose forwarding headers are passed on, with this hop added; what others send of them is
   * dropped. The guard's own.
   *
   * @default {[]}
   */
  trustedProxies?: readonly Cidr[];
  /** The guard's `clientIpHeader`. @default {"x-forwarded-for"} */
  clientIpHeader?: string;
  /** The scheme that clients use, where something before us ends TLS. */
  scheme?: "http" | "https" | null;
  /**
   * `client`: the upstream sees the `Host` that the client asked for, so that its links and origin
   * checks are right. `upstream`: it sees its own, which hosts that serve many names need.
   *
   * @default {"client"}
   */
  host?: "client" | "upstream";
  /** How long a connection may take, in milliseconds. @default {5000} */
  connectMs?: number;
  /** How long the head of an answer may take, in milliseconds. @default {60000} */
  headMs?: number;
  /** The certificate authorities that an `https:` upstream may have, in PEM. @default the usual ones */
  ca?: string;
  /** Told why a request was answered with 502 or 504. */
  onError?: (error: Error) => void;
}

/** A reverse proxy; see {@linkcode createProxy}. */
export interface Proxy {
  (request: Request, info: GuardedInfo): Promise<Response>;
  /** Closes idle connections to the upstream. */
  close(): void;
}

const NULL_BODY = new Set([204, 205, 304]);

/**
 * Makes a reverse proxy. Bodies of any size stream both ways, WebSockets pass, and so does the path
 * as it was sent.
 *
 * @throws {TypeError} where the upstream is no http(s) URL, or has a query or a password.
 */
export function createProxy(options: ProxyOptions): Proxy {
  const url = upstreamUrl(options.upstream);
  const { trustedProxies = [], clientIpHeader = "x-forwarded-for" } = options;
  const { connectMs = 5_000, headMs = 60_000, scheme = null } = options;
  const upstream = new Upstream({ url, connectMs, headMs, ca: options.ca });

  function trusts(peer: string): boolean {
    const ip = parseIp(peer);
    return ip !== null && trustedProxies.some((range) => contains(range, ip));
  }

  async function proxy(
    request: Request,
    info: GuardedInfo,
  ): Promise<Response> {
    const { method, headers, body, signal } = request;
    if (method === "CONNECT" || method === "TRACE") {
      return new Response(null, { status: 405 });
    }
    const peer = peerAddress(info.remoteAddr);
    const host = options.host === "upstream"
      ? url.host
      : headers.get("host") ?? url.host;
    const fields = requestFields(headers, {
      peer: peer.replace(/^::ffff:(?=\d+\.)/i, ""),
      trusted: trusts(peer),
      client: info.visitor.ip,
      scheme,
      clientIpHeader,
    }, host);
    const isWebSocket = method === "GET" &&
      headers.get("upgrade")?.toLowerCase() === "websocket";
    if (isWebSocket) {
      fields["connection"] = "Upgrade";
      fields["upgrade"] = "websocket";
      // Compression would have to be undone here and made again.
      delete fields["sec-websocket-extensions"];
    } else if (body !== null && fields["content-length"] === undefined) {
      // Never a body without a frame: the next request would be read from it.
      fields["transfer-encoding"] = "chunked";
    }
    try {
      const answer = await upstream.send({
        method,
        target: targetOf(request.url),
        fields,
        body,
        signal,
      });
      return answer.upgraded
        ? upgrade(request, answer)
        : respond(method, answer.head);
    } catch (error) {
      return failure(request, error, options.onError);
    }
  }

  return Object.assign(proxy, { close: () => upstream.close() });
}

function upstreamUrl(text: string | URL): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isUsable = url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.search + url.hash + url.username + url.password === "";
  if (!isUsable) {
    throw new TypeError(
      `Cannot proxy to ${
        JSON.stringify(String(text))
      }: expected a URL such as http://127.0.0.1:3000`,
    );
  }
  return url;
}

/** Path and query as they were sent. */
function targetOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return "/";
  const hash = url.indexOf("#", start);
  return url.slice(start, hash < 0 ? undefined : hash);
}

function respond(method: string, head: IncomingMessage): Response {
  const status = head.statusCode ?? 502;
  const isEmpty = method === "HEAD" || NULL_BODY.has(status);
  if (isEmpty) head.resume();
  try {
    return new Response(isEmpty ? null : bodyOf(head), {
      status,
      statusText: head.statusMessage,
      headers: responseHeaders(head.rawHeaders),
    });
  } catch (error) {
    head.destroy();
    throw new BadGatewayError(`Cannot pass on status ${status}: ${error}`);
  }
}

/** Read only as fast as the client reads; a body that breaks off breaks off here, too. */
function bodyOf(head: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = head[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      head.destroy();
    },
  }, { highWaterMark: 0 });
}

function upgrade(request: Request, answer: UpstreamAnswer): Response {
  const { stream, early } = answer.upgraded!;
  const offered = responseHeaders(answer.head.rawHeaders);
  const protocol = offered.get("sec-websocket-protocol") ?? undefined;
  let upgraded;
  try {
    upgraded = Deno.upgradeWebSocket(request, { protocol });
  } catch (error) {
    stream.destroy();
    throw new BadGatewayError(`Cannot pass on the WebSocket: ${error}`);
  }
  const { socket, response } = upgraded;
  for (const [name, value] of offered) {
    if (!name.startsWith("sec-websocket-")) {
      response.headers.append(name, value);
    }
  }
  bridge(socket, stream, early);
  return response;
}

function failure(
  request: Request,
  error: unknown,
  onError?: (error: Error) => void,
): Response {
  let status = 502;
  if (error instanceof GatewayTimeoutError) status = 504;
  else if (!(error instanceof BadGatewayError)) {
    // The client is gone: nobody reads this, but the log says how it ended.
    if (request.signal.aborted) return new Response(null, { status: 499 });
    throw error;
  }
  onError?.(error as Error);
  const path = pathOf(request.url);
  if (path === "/api" || path.startsWith("/api/")) return problem(status);
  return new Response(`${titleOf(status)}\n`, {
    status,
    headers: { "cache-control": "no-store" },
  });
}
