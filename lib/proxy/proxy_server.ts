/**
 * A reverse proxy behind the guard, for apps in any language. It uses `node:http`, which under Deno
 * passes on a request as it was sent: its target, its fields, the body of any method, and also what
 * could not be parsed.
 *
 * @module
 */
import { stackOf } from "../base/error_words.ts";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import net, { type Socket } from "node:net";
import { delay } from "../base/delay.ts";
import { logLine } from "../base/log_line.ts";
import type { Guard } from "../guard/guard.ts";
import type { Visitor } from "../guard/visitor.ts";
import { plainAnswer } from "../http/plain_answer.ts";
import { NO_METHOD } from "../http/request_view.ts";
import { judge, type Judged } from "../http/target.ts";
import { type Cidr, contains } from "../net/cidr.ts";
import { canonicalIp, parseIp } from "../net/ip.ts";
import { limitSubject } from "../net/prefix.ts";
import { answerOf, headText, sendBare, sendOwn } from "./answer.ts";
import { bridge } from "./bridge.ts";
import { Connection, Connections } from "./connection.ts";
import {
  Exchange,
  type ExchangeSetup,
  type UpstreamAnswer,
} from "./exchange.ts";
import { requestFields } from "./headers.ts";
import { Incoming } from "./incoming.ts";
import type { Inside } from "./inside.ts";
import { peekBody } from "./peek_body.ts";
import { brokenRequest, RawRequest } from "./raw_request.ts";
import { Upstream } from "./upstream.ts";
import { upstreamUrl } from "./upstream_url.ts";
import { MINUTE } from "../base/duration.ts";

/** Options of {@linkcode ProxyServer}. */
export interface ProxyOptions {
  guard: Guard;
  /** The upstream: `http:` or `https:`; its path is prepended to the request's. */
  upstream: string | URL;
  /**
   * Peers whose forwarding headers are passed on, with this hop added; those of other peers are
   * dropped. The same as the guard's.
   *
   * @default {[]}
   */
  trustedProxies?: readonly Cidr[];
  /** The guard's `clientIpHeader`. @default {"x-forwarded-for"} */
  clientIpHeader?: string;
  /** Fields that only trusted peers may set, such as the guard's `remoteUserHeader`. @default {[]} */
  claims?: readonly string[];
  /** The scheme that clients use, if TLS is terminated before us. */
  scheme?: "http" | "https" | null;
  /**
   * `client`: the upstream gets the `Host` that the client sent, so that its links and origin
   * checks are correct. `upstream`: it gets its own, which hosts with many names need.
   *
   * @default {"client"}
   */
  host?: "client" | "upstream";
  /** Timeout for a connection to the upstream, in milliseconds. @default {5000} */
  connectMs?: number;
  /** Timeout for the head of a response, in milliseconds. @default {60000} */
  headMs?: number;
  /** `REQUEST_DEADLINE`, in milliseconds. @default {30000} */
  requestDeadline?: number;
  /** The prefix length by which an IPv6 address counts as one client. @default {64} */
  ipv6Prefix?: number;
  /**
   * The maximum connections of one client and of all, and the idle connections to the upstream that
   * are kept.
   */
  share?: { total: number; perClient: number; maxIdle: number };
  /**
   * The certificate authorities trusted for an `https:` upstream, in PEM. @default the usual ones
   */
  ca?: string;
  /** Our own pages, which handle their requests instead of the upstream. */
  inside?: Inside;
  /** Called with the reason of a 502 or 504. */
  onError?: (message: string) => void;
  /** Called when the upstream has responded. */
  onAnswer?: () => void;
}

/**
 * The limit for request heads: nginx accepts 32 KiB, and cookies of several sites have been seen
 * above that.
 */
const MAX_HEAD = 64 * 1024;
/** A block ends requests that are open at least this long; newer ones were allowed just now. */
const LOOK_EVERY_MS = 500;
const CLOSE_MS = 2_000;
/** The most pipelined requests on one connection; no legitimate client sends more. */
const MAX_PIPELINED = 100;
/** How long requests are still accepted after the signal: one may just be arriving. */
const LAST_REQUESTS_MS = 200;
const SHED_LOG_EVERY_MS = 10_000;
/** Not a real status: the client has disconnected. */
const GONE = 499;

/** The error of `clientError` for bytes that are not HTTP. */
interface ParseError extends Error {
  code?: string;
  rawPacket?: Uint8Array;
}

/** A reverse proxy behind a guard. */
export class ProxyServer {
  readonly #guard: Guard;
  readonly #setup: ExchangeSetup;
  readonly #upstream: Upstream;
  readonly #inside: Inside | null;
  readonly #insideSetup: ExchangeSetup | null;
  readonly #trustedProxies: readonly Cidr[];
  readonly #clientIpHeader: string;
  readonly #claims: readonly string[];
  readonly #scheme: "http" | "https" | null;
  readonly #ownHost: boolean;
  readonly #ipv6Prefix: number;
  readonly #deadlineMs: number;
  readonly #connections: Connections;
  readonly #arrivals = new Map<string, { peer: string; trusted: boolean }>();
  #server: http.Server;
  #look: ReturnType<typeof setTimeout> | undefined;
  #draining = false;
  #loggedShed = { at: -Infinity, count: 0 };
  #checking = false;
  #checkedShed = 0;
  #where: Where | undefined;

  /** @throws {TypeError} if the upstream is not an http(s) URL, or has a query or a password. */
  constructor(options: ProxyOptions) {
    const url = upstreamUrl(options.upstream);
    const { connectMs = 5_000, headMs = MINUTE } = options;
    const { requestDeadline = 30_000 } = options;
    const share = options.share ??
      { total: 8_000, perClient: 256, maxIdle: 256 };
    this.#guard = options.guard;
    this.#deadlineMs = requestDeadline;
    this.#trustedProxies = options.trustedProxies ?? [];
    this.#clientIpHeader = options.clientIpHeader ?? "x-forwarded-for";
    this.#claims = options.claims ?? [];
    this.#scheme = options.scheme ?? null;
    this.#ownHost = options.host === "upstream";
    this.#ipv6Prefix = options.ipv6Prefix ?? 64;
    this.#connections = new Connections(share);
    this.#upstream = new Upstream({
      url,
      ca: options.ca,
      maxIdle: share.maxIdle,
    });
    this.#setup = {
      upstream: this.#upstream,
      connectMs,
      headMs,
      deadlineMs: requestDeadline,
      fieldsFor: (raw, judged, visitor) =>
        this.#fieldsFor(raw, judged, visitor),
      onError: options.onError ?? (() => {}),
      onAnswer: options.onAnswer ?? (() => {}),
    };
    this.#inside = options.inside ?? null;
    this.#insideSetup = this.#inside && this.#setupOf(this.#inside);
    this.#server = this.#createServer();
  }

  /** Exchanges with the console's pages, which are not reported as the upstream's. */
  #setupOf(inside: Inside): ExchangeSetup {
    return {
      ...this.#setup,
      upstream: new Upstream({ url: new URL(inside.url), maxIdle: 16 }),
      fieldsFor: (raw, judged, visitor) => [
        ...this.#fieldsFor(raw, judged, visitor, judged.host),
        ...inside.announce(visitor),
      ],
      onAnswer: () => {},
    };
  }

  #setupFor(judged: Judged): ExchangeSetup {
    return judged.fault === null && this.#inside?.takes(judged)
      ? this.#insideSetup!
      : this.#setup;
  }

  #createServer(): http.Server {
    const server = http.createServer({
      IncomingMessage: Incoming,
      maxHeaderSize: MAX_HEAD,
      // A missing `Host` is handled here, so that the request is logged.
      requireHostHeader: false,
      // A request for any other protocol than WebSocket is handled as an ordinary request.
      shouldUpgradeCallback: isWebSocket,
    } as http.ServerOptions);
    // Deadlines are checked here, as an upload may take as long as it keeps its minimum rate.
    server.headersTimeout = 0;
    server.requestTimeout = 0;
    server.keepAliveTimeout = 0;
    // Fields above the default of 2,000 would be dropped silently.
    server.maxHeadersCount = 0;
    server.on("connection", (socket) => this.#onConnection(socket));
    server.on("request", (req, res) => this.#onRequest(req, res, false));
    server.on("checkContinue", (req, res) => this.#onRequest(req, res, true));
    server.on(
      "checkExpectation",
      (req, res) => this.#onRequest(req, res, false),
    );
    server.on("upgrade", (req, socket, head) => {
      this.#onUpgrade(req, socket as Socket, head)
        .catch((error) => this.#onBug(error, socket as Socket));
    });
    server.on("connect", (req, socket) => {
      this.#onUpgrade(req, socket as Socket, new Uint8Array())
        .catch((error) => this.#onBug(error, socket as Socket));
    });
    server.on("clientError", (error, socket) => {
      this.#onClientError(error as ParseError, socket as Socket);
    });
    return server;
  }

  /** Serves; resolves with the port once it listens, rejects if it cannot. */
  async listen(where: Where): Promise<number> {
    await listenOn(this.#server, where);
    const { port } = this.#server.address() as net.AddressInfo;
    this.#where = { ...where, port };
    this.#server.on("error", (error) => {
      logLine("error", "sys_accept_fail", { error: error.message });
    });
    this.#schedule();
    return port;
  }

  /**
   * Shuts down gracefully: open requests may take `deadlineMs`; then WebSockets are closed with
   * "going away", and the rest is cut off.
   */
  async drain(deadlineMs: number): Promise<void> {
    const until = performance.now() + deadlineMs - CLOSE_MS / 4;
    this.#draining = true;
    await delay(LAST_REQUESTS_MS);
    this.#server.close();
    while (performance.now() < until) {
      const now = performance.now();
      for (const connection of this.#connections) {
        if (connection.isIdle && !connection.hasBegun) connection.close(now);
      }
      if (this.#connections.size === 0) break;
      await delay(20);
    }
    for (const { bridge } of this.#connections) bridge?.goAway();
    if (this.#connections.size > 0) await delay(CLOSE_MS / 8);
    for (const { socket } of this.#connections) socket.destroy();
    clearTimeout(this.#look);
    this.#upstream.close();
    this.#insideSetup?.upstream.close();
  }

  #fieldsFor(
    raw: readonly string[],
    judged: Judged,
    visitor: Visitor & { peer?: string },
    host = this.#ownHost || judged.host === ""
      ? this.#upstream.host
      : judged.host,
  ): string[] {
    const { peer, trusted } = this.#arrival(visitor.peer ?? "");
    return requestFields(
      raw,
      {
        peer,
        trusted,
        client: visitor.ip,
        scheme: this.#scheme,
        clientIpHeader: this.#clientIpHeader,
        claims: this.#claims,
      },
      host,
      judged.host,
    );
  }

  #arrival(peer: string): { peer: string; trusted: boolean } {
    let known = this.#arrivals.get(peer);
    if (known === undefined) {
      const address = canonicalIp(peer) ?? "";
      const ip = parseIp(address || "127.0.0.1")!;
      known = {
        peer: address,
        trusted: this.#trustedProxies.some((range) => contains(range, ip)),
      };
      if (this.#arrivals.size >= 4_096) this.#arrivals.clear();
      this.#arrivals.set(peer, known);
    }
    return known;
  }

  #onConnection(socket: Socket): void {
    const sent = socket.remoteAddress ?? "";
    const { peer, trusted } = this.#arrival(sent);
    const client = trusted || peer === ""
      ? null
      : limitSubject(peer, this.#ipv6Prefix);
    const connection = new Connection(socket, sent, client, performance.now());
    socket.on("error", () => {});
    const { shed } = this.#connections;
    const isIn = this.#connections.add(connection);
    if (this.#connections.shed > shed) this.#logShed();
    if (!isIn) return;
    socket.on("close", () => {
      this.#connections.remove(connection);
      connection.exchange?.gone();
    });
  }

  #logShed(): void {
    const now = performance.now();
    if (now - this.#loggedShed.at < SHED_LOG_EVERY_MS) return;
    const { shed, size } = this.#connections;
    const count = shed - this.#loggedShed.count;
    this.#loggedShed = { at: now, count: shed };
    logLine("warn", "sys_connections_shed", { shed: count, open: size });
  }

  #onRequest(
    request: IncomingMessage,
    response: ServerResponse,
    continues: boolean,
  ): void {
    const connection = this.#connections.of(request.socket);
    if (connection === undefined || connection.closingAt > 0) return;
    const { waiting } = connection;
    if (connection.exchange === null && waiting.length === 0) {
      this.#answer(connection, request, response, continues)
        .catch((error) => this.#onBug(error, request.socket));
    } else if (waiting.length >= MAX_PIPELINED) {
      request.socket.destroy();
    } else {
      // Pipelined requests are handled one after the other.
      waiting.push(() =>
        this.#answer(connection, request, response, continues)
          .catch((error) => this.#onBug(error, request.socket))
      );
    }
  }

  /** A bug in one request must not end the process. */
  #onBug(error: unknown, socket: Socket): void {
    logLine("error", "sys_error", {
      error: stackOf(error),
    });
    socket.destroy();
  }

  async #answer(
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    continues: boolean,
  ): Promise<void> {
    const now = performance.now();
    const judged = judge({
      method: request.method!,
      target: request.url!,
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
    });
    const exchange = new Exchange(this.#setupFor(judged), request, now);
    connection.exchange = exchange;
    this.#connections.busy(connection);
    response.on(
      "close",
      () => this.#onAnswered(connection, exchange, response),
    );
    const answer = await this.#decide(
      connection,
      response,
      request,
      judged,
      (visitor) => {
        if (continues) response.writeContinue();
        return exchange.run(judged, pathOf(judged), visitor);
      },
    );
    // If the client offered another protocol, the parser drops data that arrived in one chunk with
    // the request.
    if (this.#draining || request.headers.upgrade !== undefined) {
      response.shouldKeepAlive = false;
    }
    if (!(answer instanceof Response)) {
      exchange.send(answer, response);
    } else if (answer.status !== GONE) {
      // After a fault, the start of the next request is unknown.
      const closes = judged.fault !== null || exchange.isBroken ||
        answer.status === 408;
      const made = await answerOf(answer);
      if (closes) response.setHeader("Connection", "close");
      sendOwn(response, made, closes);
    }
  }

  /** Calls the guard, which also logs the request; a request is open until `closing` is closed. */
  async #decide(
    connection: Connection,
    closing: ServerResponse | Socket,
    request: IncomingMessage,
    judged: Judged,
    run: (visitor: Visitor) => Promise<UpstreamAnswer | Response>,
  ): Promise<UpstreamAnswer | Response> {
    const { method, rawHeaders } = request;
    const view = new RawRequest(
      method!,
      judged.target,
      judged.host,
      rawHeaders,
      judged.fault,
    );
    const visitor = this.#guard.identify(view.headers, connection.peer);
    const body = peekBody(request, judged);
    const answer = await this.#guard.handle<UpstreamAnswer | Response>(
      view,
      visitor,
      () => {
        const refusal = refusalOf(request, view.path);
        if (refusal) return refusal;
        connection.admitted = { view, visitor };
        return run(Object.assign(visitor, { peer: connection.peer }));
      },
      body === null ? null : await body,
    );
    const { limitFields, release } = visitor;
    if (answer instanceof Response) return answer;
    if (release && closing.destroyed) release();
    else if (release) closing.once("close", release);
    return limitFields
      ? {
        ...answer,
        fields: [...answer.fields, ...Object.entries(limitFields).flat()],
      }
      : answer;
  }

  #onAnswered(
    connection: Connection,
    exchange: Exchange,
    response: ServerResponse,
  ): void {
    if (connection.exchange !== exchange) return;
    if (!response.writableFinished) {
      exchange.gone();
      this.#next(connection);
      return;
    }
    exchange.answered(performance.now());
    if (exchange.isRead) this.#next(connection);
    else response.req.once("end", () => this.#next(connection));
  }

  #next(connection: Connection): void {
    connection.exchange = null;
    const next = connection.waiting.shift();
    if (next && !connection.socket.destroyed) next();
    else if (this.#draining) connection.close(performance.now());
    else this.#connections.idle(connection, performance.now());
  }

  async #onUpgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Uint8Array,
  ): Promise<void> {
    const connection = this.#connections.of(socket);
    if (connection === undefined || connection.closingAt > 0) return;
    if (connection.exchange !== null) return void socket.destroy();
    const judged = judge({
      method: request.method!,
      target: request.url!,
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
    });
    const exchange = new Exchange(
      this.#setupFor(judged),
      request,
      performance.now(),
    );
    connection.exchange = exchange;
    this.#connections.busy(connection);
    const answer = await this.#decide(
      connection,
      socket,
      request,
      judged,
      (visitor) => exchange.run(judged, pathOf(judged), visitor, socket),
    );
    connection.exchange = null;
    if (socket.destroyed) {
      exchange.destroy();
      return;
    }
    if (answer instanceof Response || !answer.upgraded) {
      if (answer.status === GONE) return void socket.destroy();
      const made = answer instanceof Response ? await answerOf(answer) : answer;
      sendBare(socket, made);
      connection.closingAt = made.body instanceof Uint8Array || !made.body
        ? performance.now()
        : 0;
      return;
    }
    const { stream, early } = answer.upgraded;
    socket.write(headText(101, answer.reason, answer.fields));
    connection.bridge = bridge(socket, stream, {
      client: head,
      upstream: early,
      extended: answer.fields.some((name, i) =>
        i % 2 === 0 && name.toLowerCase() === "sec-websocket-extensions"
      ),
    });
  }

  /** Requests that could not be parsed also get a response and are logged. */
  #onClientError(error: ParseError, socket: Socket): void {
    const connection = this.#connections.of(socket);
    const isParsing = String(error.code).startsWith("HPE_");
    if (connection === undefined || !isParsing) return void socket.destroy();
    if (connection.closingAt > 0) return;
    const { exchange } = connection;
    if (exchange !== null && !exchange.hasBody) {
      if (!exchange.malformed()) socket.destroy();
      return;
    }
    const bytes = error.rawPacket ?? new Uint8Array();
    const isWhole = exchange === null &&
      socket.bytesRead - bytes.length === connection.idleBytes;
    const isLong = error.code === "HPE_HEADER_OVERFLOW";
    const request = brokenRequest(
      bytes,
      isWhole,
      isLong ? "The request's head is too long." : "The request is malformed.",
    );
    const refuse = () =>
      this.#refuseHead(connection, request, isLong ? 431 : 400)
        .catch((error) => this.#onBug(error, socket));
    // Earlier requests are handled first.
    if (exchange === null) refuse();
    else connection.waiting.push(refuse);
  }

  async #refuseHead(
    connection: Connection,
    request: RawRequest,
    status: number,
  ): Promise<void> {
    if (connection.closingAt > 0) return;
    connection.closingAt = performance.now();
    this.#connections.busy(connection);
    const visitor = this.#guard.identify(request.headers, connection.peer);
    // For a fault the guard itself would respond with 400.
    const known = status === 400 ? request : new RawRequest(
      request.method,
      request.target,
      "",
      request.headers.list,
      null,
    );
    const answer = await this.#guard.handle(
      known,
      visitor,
      () => plainAnswer(status, request.path, request.fault ?? ""),
    );
    sendBare(connection.socket, await answerOf(answer));
  }

  #schedule(): void {
    this.#look = setTimeout(() => {
      const now = performance.now();
      for (const connection of this.#connections) this.#lookAt(connection, now);
      this.#checkListener();
      this.#schedule();
    }, Math.min(LOOK_EVERY_MS, this.#deadlineMs / 4));
    Deno.unrefTimer(this.#look);
  }

  #lookAt(connection: Connection, now: number): void {
    const { exchange, socket, bridge: open } = connection;
    if (connection.closingAt > 0) {
      if (now - connection.closingAt > CLOSE_MS) socket.destroy();
    } else if (open !== null) {
      if (!this.#stillAllows(connection)) open.refuse();
    } else if (exchange !== null) {
      const isOld = now - exchange.startedAt > LOOK_EVERY_MS;
      if (isOld && exchange.isAdmitted && !this.#stillAllows(connection)) {
        this.#endFor(connection, exchange);
      } else if (!exchange.look(now)) connection.close(now);
    } else if (now - connection.idleAt > this.#deadlineMs) {
      if (!connection.hasBegun) connection.close(now);
      else {
        this.#refuseHead(connection, SLOW_HEAD, 408)
          .catch((error) => this.#onBug(error, socket));
      }
    }
  }

  /**
   * Whether a connection's open requests are still allowed, as lists and policy may have changed.
   */
  #stillAllows({ admitted }: Connection): boolean {
    return admitted === null ||
      this.#guard.stillAllows(admitted.view, admitted.visitor);
  }

  /**
   * Ends an upload, or a request without a response yet, with a response; a response in progress is
   * cut.
   */
  #endFor(connection: Connection, exchange: Exchange): void {
    const { view, visitor } = connection.admitted!;
    if (!exchange.refuse(() => this.#guard.endedFor(view, visitor))) {
      connection.socket.destroy();
    }
  }

  /**
   * Deno silently ends the accept loop when descriptors run out. Then no connection is accepted
   * until the server listens again.
   */
  async #checkListener(): Promise<void> {
    if (this.#checking || this.#draining || this.#where === undefined) return;
    const { shed } = this.#connections;
    if (shed === this.#checkedShed) return;
    this.#checking = true;
    try {
      if (await isReachable(this.#where)) {
        this.#checkedShed = shed;
        return;
      }
      if (this.#draining) return;
      logLine("error", "sys_accept_fail", { open: this.#connections.size });
      this.#server.close();
      this.#server = this.#createServer();
      await listenOn(this.#server, this.#where);
    } catch (error) {
      logLine("error", "sys_accept_fail", { error: String(error) });
    } finally {
      this.#checking = false;
    }
  }
}

const SLOW_HEAD = new RawRequest(
  NO_METHOD,
  NO_METHOD,
  "",
  [],
  "The request took too long to arrive.",
);

function pathOf({ target }: Judged): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/** Requests that are refused here, whatever the app supports. */
function refusalOf(request: IncomingMessage, path: string): Response | null {
  const { method, headers } = request;
  if (method === "CONNECT" || method === "TRACE") {
    return plainAnswer(405, path, "This method is not allowed here.");
  }
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
    return plainAnswer(417, path, "Only 100-continue can be expected.");
  }
  return null;
}

function isWebSocket(request: IncomingMessage): boolean {
  const { headers, method, httpVersion } = request;
  return headers.upgrade?.toLowerCase() === "websocket" && method === "GET" &&
    httpVersion === "1.1" && headers["content-length"] === undefined &&
    headers["transfer-encoding"] === undefined;
}

/** The address at which a proxy listens. */
export interface Where {
  hostname: string;
  port: number;
  /** Whether other processes also listen there. */
  reusePort?: boolean;
}

function listenOn(
  server: http.Server,
  { hostname, port, reusePort = false }: Where,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: hostname, port, reusePort }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function isReachable(
  { hostname, port }: { hostname: string; port: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port });
    const done = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on("connect", () => done(true));
    socket.on(
      "error",
      (error: Error & { code?: string }) => done(error.code !== "ECONNREFUSED"),
    );
  });
}
