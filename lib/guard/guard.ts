/**
 * The guard: client address, then safelist and blocklist, then country, then the handler behind it,
 * and one record of the result. It depends on Fresh only by the shape of its middlewares and runs
 * in front of any handler.
 *
 * @module
 */
import { LONGEST_SENT, memo } from "../base/memo.ts";
import { plainAnswer } from "../http/plain_answer.ts";
import { hostsOf } from "../http/received_url.ts";
import type { AccessMatch } from "../lists/access_lists.ts";
import { blockedResponse } from "./refusal.ts";
import {
  recordedHost,
  recordedMethod,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import {
  type FieldReader,
  NO_METHOD,
  type RequestHead,
  type RequestView,
} from "../http/request_view.ts";
import { seenTarget } from "../http/seen_target.ts";
import { headOf } from "../http/served_head.ts";
import type { RequestRecord } from "../log/request_record.ts";
import type { Entered, PolicyGate } from "./policy_gate.ts";
import { BIT } from "../signals/signal.ts";
import { onlyNamesPage } from "../signals/page_name.ts";
import { signalsOf } from "../signals/signals.ts";
import type { SeenBody } from "../http/first_piece.ts";
import { FLAG } from "../log/request_record.ts";
import { holdsPassword } from "../signals/password_field.ts";
import { CookieWatch } from "./new_cookie.ts";
import { OwnHosts } from "./own_hosts.ts";
import type { RemoteUser, Visitor } from "./visitor.ts";

/** Caches of logged field values, which repeat often. */
const hostOf = memo(recordedHost, 256, LONGEST_SENT);
const agentOf = memo(recordedUserAgent, 1_024, LONGEST_SENT);
const referrerOf = memo(recordedReferrer, 4_096, LONGEST_SENT);

/** The parts and callbacks of a {@linkcode Guard}. */
export interface GuardOptions {
  /** The client's canonical address, from the headers and the peer. */
  clientIp: (headers: FieldReader, peer: string) => string;
  /** The user named by the peer, if it is trusted; absent if none is. */
  remoteUser?: (headers: FieldReader, peer: string) => RemoteUser | null;
  /** The entry of the safelist or blocklist that matches an address. */
  match: (ip: string, now: number) => AccessMatch | null;
  /** Called for every request that a blocklist entry refused. */
  onHit: (match: AccessMatch, now: number) => void;
  /** Whether a request is allowed although an entry refuses its address. */
  mayPass?: (request: RequestView, match: AccessMatch) => boolean;
  /** Whether an address's country is allowed; absent if all are. */
  allowsCountry?: (ip: string) => boolean;
  /** An opaque id by which an admin finds why an address was refused. */
  receipt: (ip: string) => string;
  append: (record: RequestRecord) => void;
  /** Requests that are not logged. */
  isUnlogged: (method: string, path: string, status: number) => boolean;
  /** Whether this server serves a host; absent if it serves all. */
  allowsHost?: (host: string) => boolean;
  /** Hosts that are known to be this server's. */
  ownHosts?: readonly string[];
  /** Evaluated for requests of addresses that no list decides about. */
  policy?: Pick<PolicyGate, "enter" | "refuses">;
  now: () => number;
}

/** See {@linkcode GuardOptions}. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #cookies = new CookieWatch();
  readonly #hosts: OwnHosts;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#hosts = new OwnHosts(options.allowsHost, options.ownHosts);
  }

  /**
   * Identifies the visitor of a request; `peer` is the address at the other end of the connection.
   */
  identify(headers: FieldReader, peer: string): Visitor {
    const { clientIp, remoteUser } = this.#options;
    const remote = remoteUser?.(headers, peer) ?? null;
    const visitor: Visitor = {
      ip: clientIp(headers, peer),
      username: remote?.name ?? null,
      outcome: "allowed",
    };
    if (remote !== null) visitor.remote = remote;
    return visitor;
  }

  /**
   * Handles a request: refuses it, or calls `next`, and records the result. `next` returns a
   * `Response`, or another object with a status. Synchronous if all parts are.
   *
   * @param body The request's, if it was received completely.
   */
  handle<T extends { readonly status: number }>(
    request: Request | RequestHead,
    visitor: Visitor,
    next: () => T | Promise<T>,
    body: SeenBody | null = null,
  ): T | Response | Promise<T | Response> {
    const { now, match } = this.#options;
    const timestamp = now();
    const head = headOf(request);
    const arrival: Arrival = {
      head,
      visitor,
      timestamp,
      started: performance.now(),
      entered: null,
      isLetIn: false,
      flags: body !== null && holdsPassword(body.text, body.type)
        ? FLAG.password
        : 0,
    };
    const found = match(visitor.ip, timestamp);
    // A request whose head never arrived has no signals.
    const seen = head.method === NO_METHOD ? 0 : signalsOf({
      method: head.method,
      target: head.target,
      headers: head.fields,
      body: body?.text,
      bodyType: body?.type,
      isOurs: this.#hosts.isOurs,
      memory: head.seen,
    });
    visitor.signals = head.fault === null ? seen : seen | BIT.protocol;
    if (seen !== 0 && onlyNamesPage(head.target, seen)) {
      arrival.flags |= FLAG.pageName;
    }
    let response;
    try {
      response = this.#refuse(head, visitor, timestamp, found) ??
        this.#admit(arrival, found, next, body);
    } catch (error) {
      this.#fail(arrival, error);
      throw error;
    }
    return response instanceof Promise
      ? this.#endLater(arrival, response)
      : this.#end(arrival, response);
  }

  /** Evaluates the policy, unless the address is safelisted, and calls `next`. */
  #admit<T>(
    arrival: Arrival,
    match: AccessMatch | null,
    next: () => T | Promise<T>,
    body: SeenBody | null,
  ): T | Response | Promise<T | Response> {
    const { policy } = this.#options;
    if (policy === undefined || match !== null) {
      arrival.isLetIn = true;
      return next();
    }
    const { head, visitor, timestamp } = arrival;
    const entering = policy.enter(head, head.path, visitor, timestamp, body);
    return entering instanceof Promise
      ? entering.then((entered) => entrance(arrival, entered, next))
      : entrance(arrival, entering, next);
  }

  async #endLater<T extends { readonly status: number }>(
    arrival: Arrival,
    answering: Promise<T | Response>,
  ): Promise<T | Response> {
    let response: T | Response;
    try {
      response = await answering;
    } catch (error) {
      this.#fail(arrival, error);
      throw error;
    }
    return this.#end(arrival, response);
  }

  #end<T extends { readonly status: number }>(
    arrival: Arrival,
    response: T,
  ): T | Response {
    const { entered, head } = arrival;
    const { status } = response;
    if (arrival.isLetIn) {
      if (status < 400) this.#hosts.served(head.target, head.host);
      arrival.flags |= this.#cookies.flagsOf(
        head.method,
        head.path,
        head.headers,
        response,
      );
    }
    try {
      if (entered === null) return response;
      if (status !== 101) entered.answered(status);
      return entered.finish(response);
    } finally {
      this.#record(arrival, status);
    }
  }

  #fail(arrival: Arrival, error: unknown): void {
    const { entered, visitor } = arrival;
    const status = statusOf(error);
    entered?.answered(status);
    entered?.finish({ status });
    visitor.release?.();
    this.#record(arrival, status);
  }

  #record(
    { head, visitor, timestamp, started, flags }: Arrival,
    status: number,
  ): void {
    const { isUnlogged, append } = this.#options;
    const { method, path, headers } = head;
    if (head.fault === null && isUnlogged(method, path, status)) return;
    append({
      timestamp,
      ip_address: visitor.ip,
      method: recordedMethod(method),
      path: (head.seen ?? seenTarget(head.target)).recorded,
      status,
      duration_ms: performance.now() - started,
      country_code: null,
      city: null,
      user_agent: agentOf(headers.get("user-agent") ?? ""),
      referrer: referrerOf(headers.get("referer") ?? ""),
      username: visitor.username,
      outcome: visitor.outcome,
      host: hostOf(head.host ?? ""),
      signals: visitor.signals ?? 0,
      rule: visitor.rule ?? null,
      asn: null,
      operator: null,
      flags: visitor.usesConsole ? flags | FLAG.console : flags,
    });
  }

  /**
   * Whether an allowed request would still be allowed. Otherwise its open download, stream or
   * WebSocket is ended.
   */
  stillAllows(request: Request | RequestHead, visitor: Visitor): boolean {
    const { match, now, allowsCountry, policy } = this.#options;
    const found = match(visitor.ip, now());
    if (found !== null) return found.kind === "safe";
    if (allowsCountry?.(visitor.ip) === false) return false;
    const head = headOf(request);
    return policy?.refuses(head, head.path, visitor) !== true;
  }

  /** The response to a request that is no longer allowed and has none yet. */
  endedFor(request: RequestHead, visitor: Visitor): Response {
    visitor.outcome = "blocked";
    const { match, now, receipt } = this.#options;
    const { path } = request;
    return match(visitor.ip, now()) === null
      ? plainAnswer(403, path, "This request is no longer allowed.")
      : blockedResponse(path, receipt(visitor.ip));
  }

  /** The guard's own response to a request, or null if it is allowed. */
  #refuse(
    head: RequestHead,
    visitor: Visitor,
    now: number,
    match: AccessMatch | null,
  ): Response | null {
    const { fault, path } = head;
    if (this.#isBlocked(head, visitor, now, match)) {
      visitor.outcome = "blocked";
      return blockedResponse(path, this.#options.receipt(visitor.ip));
    }
    if (fault !== null) return plainAnswer(400, path, fault);
    if (this.#answersFor(head)) return null;
    return plainAnswer(421, path, "This server does not serve that host.");
  }

  #isBlocked(
    head: RequestHead,
    { ip }: Visitor,
    now: number,
    match: AccessMatch | null,
  ): boolean {
    const { mayPass, onHit, allowsCountry } = this.#options;
    if (match === null) return allowsCountry?.(ip) === false;
    if (match.kind === "safe") return false;
    if (head.fault === null && mayPass?.(head, match)) return false;
    onHit(match, now);
    return true;
  }

  /** A health check may use any host. */
  #answersFor({ path, url, host, original }: RequestHead): boolean {
    const { allowsHost } = this.#options;
    if (allowsHost === undefined || path === "/healthz") return true;
    const hosts = original === undefined ? [host ?? ""] : hostsOf(url, host);
    return hosts.every(allowsHost);
  }
}

/** A request that is being handled. */
interface Arrival {
  readonly head: RequestHead;
  readonly visitor: Visitor;
  readonly timestamp: number;
  readonly started: number;
  entered: Entered | null;
  /** Whether the handler behind the guard responds. */
  isLetIn: boolean;
  /** {@linkcode FLAG}. */
  flags: number;
}

/** Responds as the policy decides, or calls `next`. */
function entrance<T>(
  arrival: Arrival,
  entered: Entered | null,
  next: () => T | Promise<T>,
): T | Response | Promise<T> {
  arrival.entered = entered;
  if (entered !== null && entered.response !== null) return entered.response;
  arrival.isLetIn = true;
  return next();
}

/** The status of an uncaught error: an HttpError carries its own. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status <= 599
    ? status
    : 500;
}
