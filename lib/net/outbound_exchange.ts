/**
 * One request over a connection to one checked address. `fetch` would resolve the name again, which
 * DNS rebinding exploits, and `node:https` needs more permissions than the server has; so the
 * connection is Deno's, also for TLS with the host's name, and only HTTP is Node's.
 *
 * @module
 */
import http from "node:http";
import { Duplex, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { hostOf } from "./outbound_address.ts";
import { OutboundError, wordsOf } from "./outbound_error.ts";
import { severable } from "./severable.ts";

/** The response. Header values are as the server sent them: escape before showing. */
export interface OutboundAnswer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** Opens a TCP connection to an address, never to a name. */
export type Connect = (
  address: string,
  port: number,
  signal: AbortSignal,
) => Promise<Deno.TcpConn>;

/** See {@linkcode exchange}. */
export interface ExchangeOptions {
  url: URL;
  method: string;
  headers: Headers;
  body: Uint8Array | null;
  /** Already checked; tried in turn. */
  addresses: readonly string[];
  maxBytes: number;
  caCerts?: string[];
  connect: Connect;
  /** Aborts it at any point; its reason is thrown. */
  signal: AbortSignal;
}

/** How many addresses of one name are tried. */
const MAX_TRIED = 4;
/** The timeout of an attempt if other addresses remain, in milliseconds. */
const ATTEMPT_MS = 3_000;
const MAX_HEADER_BYTES = 32 * 1024;
/** Fields of the connection, which the caller cannot set. */
const OURS = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "accept-encoding",
  "expect",
  "upgrade",
]);

/** Connects directly. */
export const systemConnect: Connect = (hostname, port, signal) =>
  Deno.connect({ hostname, port, signal });

/**
 * Sends one request and reads the whole response.
 *
 * @throws {OutboundError} on any failure.
 */
export async function exchange(
  options: ExchangeOptions,
): Promise<OutboundAnswer> {
  const { signal } = options;
  const opened: Disposable[] = [];
  const { promise: ended, reject } = Promise.withResolvers<never>();
  // The rejection may stay unobserved.
  ended.catch(() => {});
  const end = () => {
    reject(signal.reason);
    for (const each of opened) each[Symbol.dispose]();
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([talk(options, opened), ended]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof OutboundError ? error : new OutboundError(
      "protocol",
      `Cannot read the answer of ${options.url.host}: ${wordsOf(error)}`,
    );
  } finally {
    signal.removeEventListener("abort", end);
    for (const each of opened) each[Symbol.dispose]();
  }
}

async function talk(
  options: ExchangeOptions,
  opened: Disposable[],
): Promise<OutboundAnswer> {
  const conn = await open(options, opened);
  const duplex = Duplex.fromWeb(
    // deno-lint-ignore no-explicit-any -- Node's types of web streams are not the DOM's.
    { readable: conn.readable, writable: conn.writable } as any,
  );
  duplex.on("error", () => {});
  opened.push({ [Symbol.dispose]: () => duplex.destroy() });
  const head = await send(options, duplex);
  head.on("error", () => {});
  const body = await readBody(head, options);
  return { status: head.statusCode!, headers: headersOf(head), body };
}

/** Connects to the first address that accepts, and starts TLS with the host's name. */
async function open(
  { url, addresses, caCerts, connect, signal }: ExchangeOptions,
  opened: Disposable[],
): Promise<Deno.Conn> {
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const tried = addresses.slice(0, MAX_TRIED);
  let tcp: Deno.TcpConn | undefined;
  let failure: unknown;
  for (const [index, address] of tried.entries()) {
    const isLast = index === tried.length - 1;
    try {
      tcp = isLast
        ? await connect(address, port, signal)
        : await within(ATTEMPT_MS, signal, (s) => connect(address, port, s));
      break;
    } catch (error) {
      failure = error;
      signal.throwIfAborted();
    }
  }
  if (tcp === undefined) {
    throw new OutboundError(
      "connect",
      `Cannot connect to ${url.host}: ${wordsOf(failure)}`,
    );
  }
  opened.push(closing(tcp));
  // The race is already over: nothing else would close it.
  if (signal.aborted) tcp.close();
  signal.throwIfAborted();
  if (url.protocol === "http:") return tcp;
  const { conn, cut } = await severable(tcp);
  opened.push({ [Symbol.dispose]: cut });
  if (signal.aborted) cut();
  try {
    const tls = await Deno.startTls(conn, { hostname: hostOf(url), caCerts });
    opened.push(closing(tls));
    if (signal.aborted) tls.close();
    await tls.handshake();
    return tls;
  } catch (error) {
    signal.throwIfAborted();
    throw new OutboundError(
      "tls",
      `Cannot trust ${url.host}: ${wordsOf(error)}`,
    );
  }
}

/** Runs a task with a signal that also aborts after `ms`. */
async function within<T>(
  ms: number,
  signal: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error("no answer in time"));
  const timer = setTimeout(abort, ms);
  signal.addEventListener("abort", abort);
  try {
    return await task(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Closes a connection that may already be closed. */
function closing(conn: Deno.Conn): Disposable {
  return {
    [Symbol.dispose]() {
      try {
        conn.close();
      } catch {
        // TLS took it over, or a stream closed it.
      }
    },
  };
}

function send(
  { url, method, headers, body }: ExchangeOptions,
  duplex: Duplex,
): Promise<http.IncomingMessage> {
  const fields: Record<string, string> = {
    host: url.host,
    connection: "close",
    "accept-encoding": "gzip",
    "user-agent": "Portcullis",
  };
  if (url.username || url.password) {
    fields.authorization = basic(url);
  }
  for (const [name, value] of headers) {
    if (!OURS.has(name)) fields[name] = value;
  }
  if (body !== null) fields["content-length"] = String(body.byteLength);
  const { promise, resolve, reject } = Promise.withResolvers<
    http.IncomingMessage
  >();
  const request = http.request({
    method,
    path: url.pathname + url.search,
    headers: fields,
    setHost: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    // deno-lint-ignore no-explicit-any -- Any duplex stream will do.
    createConnection: () => duplex as any,
  });
  const fail = (words: string) =>
    reject(
      new OutboundError(
        "protocol",
        `${url.host} did not answer with HTTP: ${words}`,
      ),
    );
  request.on("response", resolve);
  request.on("error", (error) => fail(wordsOf(error)));
  request.on("upgrade", () => fail("it switches protocols"));
  request.end(body ?? undefined);
  return promise;
}

/** RFC 7617, from the URL's user name and password. */
function basic(url: URL): string {
  const bytes = new TextEncoder().encode(
    `${decoded(url.username)}:${decoded(url.password)}`,
  );
  return `Basic ${bytes.toBase64()}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The whole body, decompressed; the limit applies to its size before and after. */
async function readBody(
  head: http.IncomingMessage,
  { url, maxBytes }: ExchangeOptions,
): Promise<Uint8Array> {
  const tooMuch = () =>
    new OutboundError(
      "size",
      `${url.host} answered with more than ${maxBytes} bytes`,
    );
  if (Number(head.headers["content-length"]) > maxBytes) throw tooMuch();
  const coding = (head.headers["content-encoding"] ?? "identity").trim()
    .toLowerCase();
  let source: Readable = head;
  if (coding === "gzip" || coding === "x-gzip") {
    const gunzip = createGunzip();
    let packed = 0;
    head.on("data", (chunk) => {
      if ((packed += chunk.length) > maxBytes) gunzip.destroy(tooMuch());
    });
    head.on("error", (error) => gunzip.destroy(error));
    source = head.pipe(gunzip);
  } else if (coding !== "identity") {
    throw new OutboundError(
      "protocol",
      `${url.host} answered in an encoding that was not requested`,
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    if ((size += chunk.length) > maxBytes) throw tooMuch();
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function headersOf({ rawHeaders }: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    try {
      headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
    } catch {
      // A field that is needed never has such a name or value.
    }
  }
  return headers;
}
