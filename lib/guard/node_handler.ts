/**
 * Apps for `node:http`, such as Express, Koa and Connect, as handlers of `Deno.serve`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { IncomingMessage, ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import { sentTarget } from "../http/received_url.ts";
import type { GuardedInfo } from "./info.ts";
import type { Visitor } from "./visitor.ts";

/**
 * The request that such an app gets; `visitor` is its sender.
 *
 * @example
 * ```ts
 * import type { VisitedMessage } from "@portcullis/portcullis/node";
 *
 * const greeting = ({ visitor }: VisitedMessage) => `Hello, ${visitor.ip}`;
 * ```
 */
export type VisitedMessage = IncomingMessage & { visitor: Visitor };

/**
 * An app for `node:http`: Express's, or the result of Koa's `app.callback()`.
 *
 * @example
 * ```ts
 * import type { NodeListener } from "@portcullis/portcullis/node";
 *
 * const app: NodeListener = (request, response) => {
 *   response.end(`You asked for ${request.url}`);
 * };
 * ```
 */
export type NodeListener = (
  request: VisitedMessage,
  response: ServerResponse,
) => unknown;

/**
 * A handler that passes requests to an app for `node:http`. Upgrades, such as to WebSockets, are
 * not passed on: an app that needs them runs behind `deno task proxy`.
 *
 * @example
 * ```ts
 * import { guardHandler } from "@portcullis/portcullis/guard";
 * import { nodeHandler } from "@portcullis/portcullis/node";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const guarded = guardHandler(
 *   // Or an app of Express.
 *   nodeHandler((request, response) => response.end(request.visitor.ip)),
 *   { kv },
 * );
 * const answer = await guarded(new Request("http://localhost/"), {
 *   remoteAddr: { transport: "tcp", hostname: "203.0.113.7", port: 50_000 },
 *   completed: Promise.resolve(),
 * });
 * assertEquals(await answer.text(), "203.0.113.7");
 * await guarded.close();
 * ```
 */
export function nodeHandler(
  listener: NodeListener,
): (request: Request, info: GuardedInfo) => Promise<Response> {
  return function nodeAnswer(request, info) {
    return new Promise((resolve, reject) => {
      const message = messageOf(request, info);
      const response = new ServerResponse(message);
      answerThrough(response, request, (answer) => {
        if (answer instanceof Response) resolve(answer);
        else reject(answer);
      });
      request.signal.addEventListener("abort", () => response.destroy());
      // A rejected promise is handled like a thrown error.
      Promise.try(listener, message, response).catch(reject);
    });
  };
}

/** A socket with the peer's address, which apps read. */
function socketOf(request: Request, { remoteAddr }: GuardedInfo): Duplex {
  const socket = new Duplex({ read() {}, write: (_, __, done) => done() });
  const { hostname, port } = "hostname" in remoteAddr
    ? remoteAddr
    : { hostname: undefined, port: undefined };
  return withOwn(socket, {
    remoteAddress: hostname,
    remotePort: port,
    remoteFamily: hostname?.includes(":") ? "IPv6" : "IPv4",
    encrypted: request.url.startsWith("https:"),
    setTimeout: () => socket,
    setKeepAlive: () => socket,
    setNoDelay: () => socket,
  });
}

function messageOf(request: Request, info: GuardedInfo): VisitedMessage {
  const message = new IncomingMessage(socketOf(request, info) as never);
  const fields = [...request.headers];
  // Tells apps that there is a body; HTTP/2 requests need not state it.
  if (request.body && !request.headers.has("content-length")) {
    fields.push(["transfer-encoding", "chunked"]);
  }
  const reader = request.body?.getReader();
  let isReading = false;
  /** Reads until the buffer is full; its reader calls again. */
  async function read(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      let piece = await reader?.read();
      while (piece?.value !== undefined && message.push(piece.value)) {
        piece = await reader!.read();
      }
      if (piece?.value !== undefined) return;
      message.complete = true;
      message.push(null);
    } catch (error) {
      message.destroy(error as Error);
    } finally {
      isReading = false;
    }
  }
  return withOwn(message, {
    method: request.method,
    url: sentTarget(request.url, request.headers.get("host")),
    httpVersion: "1.1",
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    headers: Object.fromEntries(fields),
    rawHeaders: fields.flat(),
    visitor: info.visitor,
    _read: () => void read(),
  }) as VisitedMessage;
}

/** Sets own properties, also if the class has only getters for them, as in Deno 2.5. */
function withOwn<T extends object>(
  target: T,
  properties: Record<string, unknown>,
): T {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(target, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return target;
}

/** Statuses without a body. */
const BARE = new Set([101, 204, 205, 304]);
/** Fields of one connection, which `Deno.serve` sets itself. */
const HOP = new Set(["connection", "keep-alive", "transfer-encoding"]);
const HIGH_WATER_BYTES = 65_536;

/**
 * Turns what is written to a `ServerResponse` into a `Response`, which begins with the first chunk.
 */
function answerThrough(
  response: ServerResponse,
  { method }: Request,
  begin: (answer: Response | Error) => void,
): void {
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const writeHead = response.writeHead;
  let isGone = false;

  function start(body: BodyInit | null): void {
    if (!response.headersSent) response.writeHead(response.statusCode);
    const { statusCode: status, statusMessage: statusText } = response;
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.getHeaders())) {
      if (HOP.has(name) || value === undefined) continue;
      for (const one of [value].flat()) headers.append(name, String(one));
    }
    const isBare = BARE.has(status) || method === "HEAD";
    try {
      begin(
        new Response(isBare ? null : body, { status, statusText, headers }),
      );
    } catch (error) {
      begin(error as Error);
    }
  }
  function startStream(): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (stream = controller),
      pull: () => void response.emit("drain"),
      cancel: () => void response.destroy(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }));
    start(body);
  }
  function close(): void {
    if (isGone) return;
    isGone = true;
    response.emit("close");
  }

  const methods = {
    writeHead(status: number, ...rest: unknown[]) {
      const fields = rest.find((one) => typeof one === "object");
      for (const [name, value] of fieldsOf(fields)) {
        response.setHeader(name, value);
      }
      const words = rest.filter((one) => typeof one === "string");
      return writeHead.call(response, status, ...words as []);
    },
    flushHeaders() {
      if (stream === undefined) startStream();
    },
    write(chunk: string | Uint8Array, ...rest: unknown[]) {
      if (isGone || response.writableEnded) return false;
      if (stream === undefined) startStream();
      stream!.enqueue(bytesOf(chunk, rest));
      queueMicrotask(callbackOf(rest));
      return stream!.desiredSize! > 0;
    },
    end(...rest: unknown[]) {
      if (isGone || response.writableEnded) return response;
      const [chunk] = rest;
      const bytes = typeof chunk === "string" || chunk instanceof Uint8Array
        ? bytesOf(chunk, rest.slice(1))
        : null;
      if (stream === undefined) start(bytes);
      else {
        if (bytes) stream.enqueue(bytes);
        stream.close();
      }
      response.finished = true;
      queueMicrotask(() => {
        response.emit("prefinish");
        response.emit("finish");
        callbackOf(rest)();
        close();
      });
      return response;
    },
    destroy(error?: Error) {
      if (isGone || response.writableEnded) return response;
      response.destroyed = true;
      const reason = error ?? new Error("The app ended its response early");
      if (stream === undefined) begin(reason);
      else {
        try {
          stream.error(reason);
        } catch {
          // The reader has already cancelled.
        }
      }
      queueMicrotask(close);
      return response;
    },
    writeContinue() {},
    writeProcessing() {},
    writeEarlyHints() {},
  };
  Object.assign(response, methods);
}

/**
 * Header fields as `writeHead()` takes them: an object, a list of pairs, or alternating names and
 * values.
 */
function fieldsOf(fields: unknown): [name: string, value: string][] {
  if (!Array.isArray(fields)) return Object.entries(fields ?? {});
  if (Array.isArray(fields[0])) return fields;
  return fields.flatMap((name, i) =>
    i % 2 === 0 ? [[name, fields[i + 1]]] : []
  );
}

function bytesOf(
  chunk: string | Uint8Array,
  [encoding]: unknown[],
): Uint8Array<ArrayBuffer> {
  return typeof chunk === "string"
    ? new Uint8Array(
      Buffer.from(
        chunk,
        (typeof encoding === "string" ? encoding : "utf8") as "utf8",
      ),
    )
    : new Uint8Array(chunk);
}

function callbackOf(rest: unknown[]): () => void {
  const last = rest.at(-1);
  return typeof last === "function" ? () => void last() : () => {};
}
