/**
 * The guard: client address, then safelist and blocklist, then country, then whatever stands
 * behind it, and one record of how that ended. It knows nothing of Fresh but the shape of its
 * middlewares and runs in front of any handler.
 *
 * @module
 */
import type { AccessMatch } from "../lists/access_lists.ts";
import { blockedResponse } from "./refusal.ts";
import {
  pathOf,
  recordedMethod,
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import type { RequestRecord } from "../log/request_record.ts";
import type { Visitor } from "./visitor.ts";

/** What a {@linkcode Guard} is made of. */
export interface GuardOptions {
  /** The client's canonical address, from the peer's and the headers. */
  clientIp: (headers: Headers, peer: string) => string;
  /** The entry of the safelist or blocklist that an address falls under. */
  match: (ip: string, now: number) => AccessMatch | null;
  /** Told of every request that a blocklist entry refused. */
  onHit: (match: AccessMatch, now: number) => void;
  /** Whether one request gets in although an entry refuses its address. */
  lets?: (request: Request, match: AccessMatch) => boolean;
  /** Whether requests from an address's country are let in; left out where all are. */
  allowsCountry?: (ip: string) => boolean;
  /** An opaque id by which an admin finds out why an address was refused. */
  receipt: (ip: string) => string;
  append: (record: RequestRecord) => void;
  /** Requests that no log is kept of. */
  isUnlogged: (method: string, path: string, status: number) => boolean;
  now: () => number;
}

/** See {@linkcode GuardOptions}. */
export class Guard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** Finds out who sent a request; `peer` is the address at the other end of the connection. */
  identify(headers: Headers, peer: string): Visitor {
    return {
      ip: this.#options.clientIp(headers, peer),
      username: null,
      outcome: "allowed",
    };
  }

  /** Answers a request: refuses it, or lets `next` answer, and records either. */
  async handle(
    request: Request,
    visitor: Visitor,
    next: () => Response | Promise<Response>,
  ): Promise<Response> {
    const timestamp = this.#options.now();
    const started = performance.now();
    const path = pathOf(request.url);
    let status = 500;
    try {
      const response = this.#refuse(request, path, visitor, timestamp) ??
        await next();
      status = response.status;
      return response;
    } catch (error) {
      status = statusOf(error);
      throw error;
    } finally {
      if (!this.#options.isUnlogged(request.method, path, status)) {
        const { headers } = request;
        this.#options.append({
          timestamp,
          ip_address: visitor.ip,
          method: recordedMethod(request.method),
          path: recordedPath(path),
          status,
          duration_ms: performance.now() - started,
          country_code: null,
          city: null,
          user_agent: recordedUserAgent(headers.get("user-agent")),
          referrer: recordedReferrer(headers.get("referer")),
          username: visitor.username,
          outcome: visitor.outcome,
        });
      }
    }
  }

  #refuse(
    request: Request,
    path: string,
    visitor: Visitor,
    now: number,
  ): Response | undefined {
    const match = this.#options.match(visitor.ip, now);
    if (match?.kind === "safe") return undefined;
    if (match && this.#options.lets?.(request, match)) return undefined;
    if (match) this.#options.onHit(match, now);
    else if (this.#options.allowsCountry?.(visitor.ip) !== false) {
      return undefined;
    }
    visitor.outcome = "blocked";
    return blockedResponse(path, this.#options.receipt(visitor.ip));
  }
}

/** What an uncaught error is answered with: an HttpError carries its status. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status <= 599
    ? status
    : 500;
}
