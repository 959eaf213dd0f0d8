import type { IncomingMessage } from "node:http";
import type { GuardedInfo } from "../guard/info.ts";
import { peerAddress } from "../guard/info.ts";
import { plainAnswer } from "../http/plain_answer.ts";
import { pathOf } from "../http/record_fields.ts";
import { type Cidr, contains } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { answerFields, requestFields } from "./headers.ts";
import { Upstream } from "./upstream.ts";
import { upstreamUrl } from "./upstream_url.ts";
import { MINUTE } from "../base/duration.ts";

/** Options of {@linkcode createProxy}. */
export interface HandlerOptions {
  /** The upstream: `http:` or `https:`; its path is prepended to the request's. */
  upstream: string | URL;
  /** Peers whose forwarding headers are passed on, with this hop added. @default {[]} */
  trustedProxies?: readonly Cidr[];
  /** The guard's `clientIpHeader`. @default {"x-forwarded-for"} */
  clientIpHeader?: string;
  /** The scheme that clients use, if TLS is terminated before us. */
  scheme?: "http" | "https" | null;
  /** Timeout for the head of a response, in milliseconds. @default {60000} */
  headMs?: number;
}

/** A reverse proxy as a handler; see {@linkcode createProxy}. */
export interface ProxyHandler {
  (request: Request, info: GuardedInfo): Promise<Response>;
  /** Closes idle connections to the upstream. */
  close(): void;
}

const NULL_BODY = new Set([204, 205, 304]);

/**
 * Creates a handler of `Deno.serve` that proxies requests, for a part of an app that another server
 * serves, such as the admin pages. It is limited to what `Deno.serve` supports: no WebSockets, and
 * no body of a GET, which is refused. A whole app belongs behind `deno task proxy`.
 *
 * @throws {TypeError} if the upstream is not an http(s) URL, or has a query or a password.
 */
export function createProxy(options: HandlerOptions): ProxyHandler {
  const { trustedProxies = [], clientIpHeader = "x-forwarded-for" } = options;
  const { headMs = MINUTE, scheme = null } = options;
  const url = upstreamUrl(options.upstream);
  const upstream = new Upstream({ url, maxIdle: 64 });

  async function proxy(request: Request, info: GuardedInfo): Promise<Response> {
    const { method, headers, body, signal } = request;
    const path = pathOf(request.url);
    const stated = headers.get("content-length") ?? "0";
    const isChunked = headers.has("transfer-encoding");
    // Deno.serve hides such a body: if its length were sent on, it would swallow the next request.
    if (body === null && (isChunked || stated !== "0")) {
      return plainAnswer(400, path, "This method does not support a body.");
    }
    const peer = peerAddress(info.remoteAddr);
    const ip = parseIp(peer);
    const host = headers.get("host") ?? url.host;
    const fields = requestFields(
      [...headers].flat(),
      {
        peer,
        trusted: ip !== null &&
          trustedProxies.some((range) => contains(range, ip)),
        client: info.visitor.ip,
        scheme,
        clientIpHeader,
      },
      host,
      host,
    );
    const answer = Promise.withResolvers<IncomingMessage>();
    const outgoing = upstream.open({
      method,
      target: request.url.slice(request.url.indexOf("/", 8)),
      fields,
      framing: body === null ? "none" : isChunked ? "chunked" : "length",
      reuse: false,
    });
    outgoing.on("response", (head) => {
      // Until the body is read, an error in it must not count as unhandled.
      head.on("error", () => {});
      answer.resolve(head);
    });
    outgoing.on("error", answer.reject);
    outgoing.setTimeout(headMs, () => outgoing.destroy(new Error("timeout")));
    signal.addEventListener("abort", () => outgoing.destroy(), { once: true });
    sendBody(body, outgoing).catch(() => outgoing.destroy());
    try {
      return respond(method, await answer.promise);
    } catch {
      return plainAnswer(
        502,
        path,
        "The app behind this server does not answer.",
      );
    }
  }

  return Object.assign(proxy, { close: () => upstream.close() });
}

function respond(method: string, head: IncomingMessage): Response {
  const status = head.statusCode!;
  const headers = new Headers();
  const fields = answerFields(head.rawHeaders);
  for (let i = 0; i + 1 < fields.length; i += 2) {
    headers.append(fields[i]!, fields[i + 1]!);
  }
  const isEmpty = method === "HEAD" || NULL_BODY.has(status);
  if (isEmpty) head.resume();
  return new Response(isEmpty ? null : bodyOf(head), { status, headers });
}

/** Read only as fast as the client reads; a truncated body fails here, too. */
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

async function sendBody(
  body: ReadableStream<Uint8Array> | null,
  outgoing: ReturnType<Upstream["open"]>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => outgoing.on("close", resolve));
  for await (const chunk of body ?? []) {
    if (outgoing.destroyed) return;
    if (outgoing.write(chunk)) continue;
    const drained = new Promise<void>((done) => outgoing.once("drain", done));
    await Promise.race([drained, closed]);
  }
  outgoing.end();
}
