/**
 * The guard: client address, then safelist and blocklist, then country, then whatever stands
 * behind it, and one record of how that ended. It knows nothing of Fresh but the shape of its
 * middlewares and runs in front of any handler.
 *
 * @module
 */
import { plainAnswer } from "../http/plain_answer.ts";
import { faultOf, hostsOf, sentPath } from "../http/received_url.ts";
import type { AccessMatch } from "../lists/access_lists.ts";
import { blockedResponse } from "./refusal.ts";
import {
  recordedHost,
  recordedMethod,
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import type { FieldReader, RequestView } from "../http/request_view.ts";
import type { RequestRecord } from "../log/request_record.ts";
import type { Entered, PolicyGate } from "./policy_gate.ts";
import { NO_METHOD } from "../http/request_view.ts";
import { BIT } from "../signals/signal.ts";
import { signalsOf } from "../signals/signals.ts";
import type { SeenBody } from "../http/first_piece.ts";
import { FLAG } from "../log/request_record.ts";
import { holdsPassword } from "../signals/password_field.ts";
import { CookieWatch } from "./new_cookie.ts";
import type { Visitor } from "./visitor.ts";

/** What a {@linkcode Guard} is made of. */
export interface GuardOptions {
  /** The client's canonical address, from the peer's and the headers. */
  clientIp: (headers: FieldReader, peer: string) => string;
  /** The entry of the safelist or blocklist that an address falls under. */
  match: (ip: string, now: number) => AccessMatch | null;
  /** Told of every request that a blocklist entry refused. */
  onHit: (match: AccessMatch, now: number) => void;
  /** Whether one request gets in although an entry refuses its address. */
  mayPass?: (request: RequestView, match: AccessMatch) => boolean;
  /** Whether requests from an address's country are let in; left out where all are. */
  allowsCountry?: (ip: string) => boolean;
  /** An opaque id by which an admin finds out why an address was refused. */
  receipt: (ip: string) => string;
  append: (record: RequestRecord) => void;
  /** Requests that no log is kept of. */
  isUnlogged: (method: string, path: string, status: number) => boolean;
  /** Whether a host is one that this server answers for; left out where all are. */
  allowsHost?: (host: string) => boolean;
  /** Asked about requests of addresses that no list decides about. */
  policy?: Pick<PolicyGate, "enter" | "refuses">;
  now: () => number;
}

/** See {@linkcode GuardOptions}. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #cookies = new CookieWatch();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** Finds out who sent a request; `peer` is the address at the other end of the connection. */
  identify(headers: FieldReader, peer: string): Visitor {
    return {
      ip: this.#options.clientIp(headers, peer),
      username: null,
      outcome: "allowed",
    };
  }

  /**
   * Answers a request: refuses it, or lets `next` answer, and records either. What `next` answers
   * with is a `Response`, or whatever else a server has that knows its status.
   *
   * @param body The request's, where it has come as a whole.
   */
  async handle<T extends { readonly status: number }>(
    request: RequestView,
    visitor: Visitor,
    next: () => T | Promise<T>,
    body: SeenBody | null = null,
  ): Promise<T | Response> {
    const timestamp = this.#options.now();
    const started = performance.now();
    const { headers } = request;
    const host = request.host ?? headers.get("host");
    const path = request.path ?? sentPath(request.url, host);
    const fault = request.fault === undefined
      ? faultOf(request.url, host)
      : request.fault;
    const match = this.#options.match(visitor.ip, timestamp);
    // Of a head that never came there is nothing to see.
    const seen = request.method === NO_METHOD ? 0 : signalsOf({
      method: request.method,
      target: request.target ?? targetOf(request.url),
      headers: request.fields ?? headers,
      body: body?.text,
      bodyType: body?.type,
    });
    visitor.signals = seen | (fault === null ? 0 : BIT.protocol);
    let flags = body !== null && holdsPassword(body.text, body.type)
      ? FLAG.password
      : 0;
    // A request that became a WebSocket has no fields to read any more.
    const userAgent = headers.get("user-agent");
    const referrer = headers.get("referer");
    let entered: Entered | null = null;
    let status = 500;
    try {
      let response: T | Response | undefined | null =
        this.#refuse(request, path, visitor, timestamp, fault, match) ??
          (fault === null
            ? this.#misdirected(request, path, host)
            : plainAnswer(400, path, fault));
      if (response === null && match === null) {
        entered = this.#options.policy
          ? await this.#options.policy.enter(request, path, visitor, timestamp)
          : null;
        response = entered?.response;
      }
      if (response) status = response.status;
      else {
        response = await next();
        status = response.status;
        flags |= this.#cookies.flagsOf(request.method, path, headers, response);
      }
      return entered === null ? response : entered.finish(response);
    } catch (error) {
      status = statusOf(error);
      entered?.finish({ status });
      visitor.release?.();
      throw error;
    } finally {
      if (status !== 101) entered?.answered(status);
      if (
        fault !== null ||
        !this.#options.isUnlogged(request.method, path, status)
      ) {
        this.#options.append({
          timestamp,
          ip_address: visitor.ip,
          method: recordedMethod(request.method),
          path: recordedPath(path),
          status,
          duration_ms: performance.now() - started,
          country_code: null,
          city: null,
          user_agent: recordedUserAgent(userAgent),
          referrer: recordedReferrer(referrer),
          username: visitor.username,
          outcome: visitor.outcome,
          host: recordedHost(host),
          signals: visitor.signals ?? 0,
          rule: visitor.rule ?? null,
          asn: null,
          operator: null,
          flags,
        });
      }
    }
  }

  /** Whether a list has an address refused by now: what it has open is then to be ended. */
  hasBlocked(ip: string): boolean {
    return this.#options.match(ip, this.#options.now())?.kind === "blocked";
  }

  /**
   * Whether a request that was let in would be let in by now. What it has open, such as a download,
   * a stream or a WebSocket, is ended where it would not.
   */
  stillLets(request: RequestView, visitor: Visitor): boolean {
    const { match, now, allowsCountry, policy } = this.#options;
    const found = match(visitor.ip, now());
    if (found !== null) return found.kind === "safe";
    if (allowsCountry?.(visitor.ip) === false) return false;
    const path = request.path ??
      sentPath(request.url, request.headers.get("host"));
    return policy?.refuses(request, path, visitor) !== true;
  }

  /** The answer to a request for another host; a health check may use any. */
  #misdirected(
    request: RequestView,
    path: string,
    host: string | null,
  ): Response | null {
    const { allowsHost } = this.#options;
    if (allowsHost === undefined || path === "/healthz") return null;
    const hosts = request.host === undefined
      ? hostsOf(request.url, host)
      : [request.host];
    return hosts.every(allowsHost)
      ? null
      : plainAnswer(421, path, "This server does not answer for that host.");
  }

  #refuse(
    request: RequestView,
    path: string,
    visitor: Visitor,
    now: number,
    fault: string | null,
    match: AccessMatch | null,
  ): Response | undefined {
    if (match?.kind === "safe") return undefined;
    if (match && !fault && this.#options.mayPass?.(request, match)) {
      return undefined;
    }
    if (match) this.#options.onHit(match, now);
    else if (this.#options.allowsCountry?.(visitor.ip) !== false) {
      return undefined;
    }
    visitor.outcome = "blocked";
    return blockedResponse(path, this.#options.receipt(visitor.ip));
  }
}

/** Path and query as they were sent. */
function targetOf(url: string): string {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  return slash < 0 ? "/" : url.slice(slash);
}

/** What an uncaught error is answered with: an HttpError carries its status. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status <= 599
    ? status
    : 500;
}
