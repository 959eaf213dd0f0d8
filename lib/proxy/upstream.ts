/**
 * The connections to the upstream, by `node:http`: `fetch` would decompress bodies, normalise
 * paths, set its own `Host` and cost more.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import type { Framing } from "../http/target.ts";
import { keepConnections } from "./kept_connections.ts";
import { PatientSocket } from "./patient_socket.ts";

/** The upstream and its connections. */
export interface UpstreamOptions {
  /** `http:` or `https:`; its path is prepended to the request's. */
  url: URL;
  /** The certificate authorities to trust, in PEM, instead of the usual ones. */
  ca?: string;
  /** How many idle connections are kept. */
  maxIdle: number;
}

/** A request to be sent. */
export interface UpstreamRequest {
  method: string;
  /** Path and query as they were received, never normalised. */
  target: string;
  /** Alternating names and values, including those that frame the body. */
  fields: string[];
  framing: Framing;
  /** Whether a kept connection may be used, which may turn out to be stale. */
  reuse: boolean;
}

/** Apps send cookies and policies of tens of kilobytes. */
const MAX_ANSWER_HEAD = 256 * 1024;
/** Without a length and without chunks, other methods are sent as if they had a body. */
const NEVER_CHUNKED = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

const BARE = "GET";

/** Replaces the method in a head that is not sent yet; throws if that is not possible. */
function renameMethod(outgoing: http.ClientRequest, method: string): void {
  const internals = outgoing as unknown as { _header: unknown };
  const { _header: head } = internals;
  if (typeof head !== "string" || !head.startsWith(`${BARE} `)) {
    outgoing.destroy();
    throw new Error(`Cannot send ${method} without a body`);
  }
  internals._header = method + head.slice(BARE.length);
  outgoing.method = method;
}

/**
 * When a response arrives, Deno 2.9 describes the exchange for observers of performance with all
 * fields of both, also where nobody observes; not if it has no start time.
 */
function measureNothing(outgoing: http.ClientRequest): void {
  startTime ??= Object.getOwnPropertySymbols(outgoing)
    .find(({ description }) => description === "kPerfStartTime") ?? null;
  if (startTime !== null) Reflect.set(outgoing, startTime, undefined);
}

/** The symbol of a request's start time; null if it has none. */
let startTime: symbol | null | undefined;

/** See {@linkcode UpstreamOptions}. */
export class Upstream {
  /** The upstream's own `Host`. */
  readonly host: string;
  readonly #client: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #prefix: string;
  readonly #where: http.RequestOptions;

  constructor({ url, ca, maxIdle }: UpstreamOptions) {
    const isSecure = url.protocol === "https:";
    this.host = url.host;
    this.#client = isSecure ? https : http;
    const trusted = ca === undefined ? {} : { ca };
    this.#agent = new this.#client.Agent({ keepAlive: true, ...trusted });
    keepConnections(this.#agent, maxIdle);
    this.#prefix = url.pathname.replace(/\/$/, "");
    this.#where = {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port || (isSecure ? 443 : 80),
      ...trusted,
    };
  }

  /** Starts a request; the caller writes its body. */
  open(request: UpstreamRequest): http.ClientRequest {
    const { method, target, fields, framing, reuse } = request;
    const isBare = framing === "none" && !NEVER_CHUNKED.has(method);
    const isPatient = framing !== "none" && this.#client === http;
    const outgoing = this.#client.request({
      ...this.#where,
      // For a POST without a length `node:http` would send a chunked body.
      method: isBare ? BARE : method,
      path: target === "*" ? target : this.#prefix + target,
      // Typed as objects only, but lists are sent unchanged: with case, order and repetitions.
      headers: fields as unknown as http.OutgoingHttpHeaders,
      agent: reuse ? this.#agent : isPatient ? undefined : false,
      ...isPatient ? { createConnection: this.#connect } : {},
    });
    if (isBare) renameMethod(outgoing, method);
    // Fields above the default of 2,000 would be dropped silently.
    outgoing.maxHeadersCount = 0;
    (outgoing as { maxHeaderSize?: number }).maxHeaderSize = MAX_ANSWER_HEAD;
    measureNothing(outgoing);
    return outgoing;
  }

  /** A connection that survives if the app closes during an upload. */
  readonly #connect = (
    _options: unknown,
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined => {
    const { host, port } = this.#where;
    Deno.connect({ hostname: String(host), port: Number(port) }).then(
      (conn) => done(null, new PatientSocket(conn)),
      (error) => done(error, undefined as unknown as Duplex),
    );
  };

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }
}
