import { delay } from "../base/delay.ts";
import { canonicalIp } from "../net/ip.ts";
import { type BreakerState, createBreaker } from "./breaker.ts";
import { type Place, toPlace } from "./place.ts";
import type { Provider } from "./provider.ts";
import { publicIp } from "./public_ip.ts";
import { readJson } from "./read_json.ts";
import { retryAfterMs } from "./retry_after.ts";
import { createSlots } from "./slots.ts";
import { MINUTE } from "../base/duration.ts";

const MAX_BODY_BYTES = 16 * 1024;
const DEFAULT_REST_MS = MINUTE;

/** Options of {@linkcode createProviderClient}. */
export interface ProviderClientOptions {
  provider: Provider;
  /** The clock, epoch ms. */
  now: () => number;
  /** Sent as a bearer token to providers that accept one. */
  token?: string;
  /** @default globalThis.fetch */
  fetch?: typeof fetch;
  /**
   * The timeout of a look-up including its retry, in milliseconds.
   * @default 2000
   */
  timeoutMs?: number;
  /**
   * How many look-ups run concurrently; the others wait.
   * @default 4
   */
  concurrency?: number;
  /**
   * The delay before the retry, in milliseconds.
   * @default 50 to 250, at random
   */
  retryMs?: () => number;
}

/** Client of an external provider. */
export interface ProviderClient {
  /**
   * The place of a canonical public address, null if the provider has none.
   *
   * @throws {ProviderError} if the provider failed, or lookups are paused after failures.
   */
  lookup(ip: string): Promise<Place | null>;
  /** Whether the breaker would allow a look-up. */
  ready(): boolean;
  breaker(): BreakerState;
  /** Why the last look-up failed; null if it succeeded. */
  error(): string | null;
  /** Aborts running look-ups, and rejects later ones. */
  close(): void;
}

/** A look-up that failed; never carries the token. */
export class ProviderError extends Error {
  override name = "ProviderError";
  /** Whether an immediate retry may help. */
  readonly passing: boolean;

  constructor(message: string, passing = false) {
    super(message);
    this.passing = passing;
  }
}

/**
 * A client of one provider: fixed hosts, no redirects, at most 16 kB read, one retry after a
 * network error or a 5xx, and a circuit breaker that also honours `Retry-After`.
 */
export function createProviderClient(
  options: ProviderClientOptions,
): ProviderClient {
  const {
    provider,
    now,
    token,
    fetch = globalThis.fetch,
    timeoutMs = 2000,
    concurrency = 4,
    retryMs = () => 50 + Math.random() * 200,
  } = options;
  const breaker = createBreaker({ now });
  const slots = createSlots(concurrency);
  const stop = new AbortController();
  const headers = new Headers({
    accept: "application/json",
    "user-agent": "portcullis",
  });
  if (token && provider.bearer) headers.set("authorization", `Bearer ${token}`);
  let endpoint = 0;
  let lastError: string | null = null;

  async function ask(ip: string, signal: AbortSignal): Promise<unknown> {
    const used = endpoint;
    const url = provider.urls[used]!(ip);
    let response: Response;
    try {
      response = await fetch(url, { headers, redirect: "error", signal });
    } catch {
      throw new ProviderError(`${provider.source} cannot be reached`, true);
    }
    const { status } = response;
    if (status === 200) return await readJson(response, MAX_BODY_BYTES, signal);
    void response.body?.cancel().catch(() => {});
    if (status === 429) {
      const field = response.headers.get("retry-after");
      breaker.open(retryAfterMs(field, now(), DEFAULT_REST_MS));
    }
    if (status === 403 && used + 1 < provider.urls.length) {
      endpoint = Math.max(endpoint, used + 1);
      return ask(ip, signal);
    }
    throw new ProviderError(
      `${provider.source} answered with status ${status}`,
      status >= 500,
    );
  }

  async function askTwice(ip: string, signal: AbortSignal): Promise<unknown> {
    try {
      return await ask(ip, signal);
    } catch (error) {
      const passing = error instanceof ProviderError && error.passing;
      if (!passing || signal.aborted) throw error;
    }
    await delay(retryMs());
    signal.throwIfAborted();
    return await ask(ip, signal);
  }

  async function lookUp(ip: string): Promise<Place | null> {
    if (stop.signal.aborted) throw new ProviderError("Geolocation has ended");
    if (!breaker.enter()) {
      throw new ProviderError(
        `Lookups at ${provider.source} are paused after failures`,
      );
    }
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, timeoutMs);
    stop.signal.addEventListener("abort", end);
    // A race, because a body can hang even after its fetch is aborted.
    const aborted = new Promise<never>((_, reject) => {
      over.signal.addEventListener("abort", () => {
        reject(new ProviderError(`${provider.source} took too long`));
      });
    });
    try {
      const answer = await Promise.race([askTwice(ip, over.signal), aborted]);
      const place = read(provider, ip, answer);
      breaker.success();
      lastError = null;
      return place;
    } catch (cause) {
      breaker.failure();
      const error = cause instanceof ProviderError
        ? cause
        : new ProviderError(`${provider.source} gave no usable answer`);
      lastError = error.message;
      throw error;
    } finally {
      clearTimeout(timer);
      stop.signal.removeEventListener("abort", end);
      over.abort();
    }
  }

  return {
    async lookup(ip) {
      // Only canonical addresses may go into a URL: "1.1.1.1/../../x?" is none.
      if (publicIp(ip) !== ip) {
        throw new ProviderError("Cannot ask: expected a public address");
      }
      return await slots.run(() => lookUp(ip));
    },
    ready: () => !stop.signal.aborted && breaker.ready(),
    breaker: () => breaker.state(),
    error: () => lastError,
    close: () => stop.abort(),
  };
}

function read(provider: Provider, ip: string, answer: unknown): Place | null {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    throw new TypeError("Cannot read answer: expected an object");
  }
  const fields = answer as Record<string, unknown>;
  // A response about another address is about this server, or somebody else.
  if (typeof fields.ip !== "string" || canonicalIp(fields.ip) !== ip) {
    throw new TypeError("Cannot read answer: expected the same address");
  }
  const raw = provider.pick(fields);
  return raw && toPlace(raw, provider.name);
}
