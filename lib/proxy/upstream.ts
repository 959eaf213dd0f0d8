/**
 * One exchange with the upstream, by `node:http`: `fetch` would unpack compressed bodies, normalise
 * paths, choose its own `Host` and send every body in chunks, which not every server understands.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import type { Fields } from "./headers.ts";

/** The upstream could not be reached or broke off before it answered: 502. */
export class BadGatewayError extends Error {
  override name = "BadGatewayError";
}

/** The upstream did not answer in time: 504. */
export class GatewayTimeoutError extends Error {
  override name = "GatewayTimeoutError";
}

/** Where requests go, and how long they may take. */
export interface UpstreamOptions {
  /** `http:` or `https:`; a path is put before the request's. */
  url: URL;
  /** Until a connection stands, in milliseconds. */
  connectMs: number;
  /** Until the head of the answer is there, in milliseconds from the last byte of the request sent. */
  headMs: number;
  /** The certificate authorities to trust, in PEM, in place of the usual ones. */
  ca?: string;
}

/** A request as it is sent. */
export interface UpstreamRequest {
  method: string;
  /** Path and query as they came, never normalised. */
  target: string;
  fields: Fields;
  body: ReadableStream<Uint8Array> | null;
  signal: AbortSignal;
}

/** What the upstream answered; `upgraded` where it is the raw stream of another protocol. */
export interface UpstreamAnswer {
  head: http.IncomingMessage;
  upgraded: { stream: Duplex; early: Uint8Array } | null;
}

/** These can be sent again where an idle connection turns out to have been closed. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/** See {@linkcode UpstreamOptions}. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #client: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #prefix: string;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#client = options.url.protocol === "https:" ? https : http;
    this.#agent = new this.#client.Agent({ keepAlive: true });
    this.#prefix = options.url.pathname.replace(/\/$/, "");
  }

  /**
   * Sends a request; resolves with the head of the answer.
   *
   * @throws {BadGatewayError | GatewayTimeoutError} see there; `AbortError` where the signal came.
   */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const repeatable = REPEATABLE.has(request.method) && request.body === null;
    try {
      return await this.#exchange(request, repeatable);
    } catch (error) {
      if (!repeatable || !(error instanceof StaleConnection)) throw error;
      return await this.#exchange(request, false);
    }
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  #open(options: http.RequestOptions): http.ClientRequest {
    const { url, ca } = this.#options;
    try {
      return this.#client.request({
        ...options,
        host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: url.port || (url.protocol === "https:" ? 443 : 80),
        setHost: false,
        ...ca === undefined ? {} : { ca },
      });
    } catch (error) {
      // Without permission to read the certificate authorities of the machine, say.
      const words = error instanceof Error ? error.message : String(error);
      throw new BadGatewayError(`Cannot reach the upstream: ${words}`, {
        cause: error,
      });
    }
  }

  /** What cannot be sent twice gets a connection of its own, which cannot be stale. */
  #exchange(
    { method, target, fields, body, signal }: UpstreamRequest,
    reuse: boolean,
  ): Promise<UpstreamAnswer> {
    const { url, connectMs, headMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<
      UpstreamAnswer
    >();
    const outgoing = this.#open({
      method,
      path: this.#prefix + target,
      headers: fields,
      agent: reuse ? this.#agent : false,
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    let settled = false;

    function settle(): void {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
    function fail(error: Error): void {
      if (settled) return;
      settle();
      reject(error);
      outgoing.destroy();
    }
    function limit(ms: number, what: string): void {
      clearTimeout(timer);
      timer = settled ? undefined : setTimeout(
        () => fail(new GatewayTimeoutError(`${what} within ${ms} ms`)),
        ms,
      );
    }
    function onAbort(): void {
      fail(new DOMException("The client went away", "AbortError"));
    }

    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    limit(connectMs, "No connection");
    outgoing.on("socket", (socket) => {
      const connected = () => limit(headMs, "No answer");
      if (socket.connecting) {
        socket.once(
          url.protocol === "https:" ? "secureConnect" : "connect",
          connected,
        );
      } else connected();
    });
    outgoing.on("error", (error: Error & { code?: string }) => {
      const words = `Cannot reach the upstream: ${error.message}`;
      fail(
        reuse && outgoing.reusedSocket
          ? new StaleConnection(words)
          : new BadGatewayError(words, { cause: error }),
      );
    });
    outgoing.on("response", (head) => {
      // Before anybody reads it, a broken body must not count as unhandled.
      head.on("error", () => {});
      settle();
      resolve({ head, upgraded: null });
    });
    outgoing.on("upgrade", (head, stream, early) => {
      settle();
      resolve({ head, upgraded: { stream, early } });
    });
    if (body === null) outgoing.end();
    else {
      sendBody(body, outgoing, () => limit(headMs, "No answer")).catch((
        error,
      ) => fail(new BadGatewayError(`Cannot send the body: ${error}`)));
    }
    return promise;
  }
}

/** A kept connection that the upstream had closed: nothing was answered on it. */
class StaleConnection extends BadGatewayError {}

/** Copies a body as fast as the upstream takes it. */
async function sendBody(
  body: ReadableStream<Uint8Array>,
  outgoing: http.ClientRequest,
  onProgress: () => void,
): Promise<void> {
  const reader = body.getReader();
  let gone = false;
  const closed = new Promise<void>((resolve) =>
    outgoing.once("close", () => {
      gone = true;
      resolve();
    })
  );
  try {
    while (!gone) {
      const read = await Promise.race([reader.read(), closed]);
      if (!read || read.done) break;
      onProgress();
      if (!outgoing.write(read.value)) {
        await Promise.race([
          new Promise<void>((resolve) => outgoing.once("drain", resolve)),
          closed,
        ]);
      }
    }
    if (!gone) outgoing.end();
  } catch (error) {
    // A body that ends early must not look whole.
    outgoing.destroy();
    throw error;
  } finally {
    if (gone) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
