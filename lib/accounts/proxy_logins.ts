import { HOUR } from "../base/duration.ts";
import { Lru } from "../base/lru.ts";

/** After so long without a request, in milliseconds, the next one counts as a login again. */
const IDLE_MS = 12 * HOUR;
const REMEMBERED = 10_000;

/**
 * Distinguishes logins of users named by a proxy from their further requests, as there are no
 * sessions: the first request for half a day, or from another address, is one.
 */
export class ProxyLogins {
  readonly #seen = new Lru<string, number>(REMEMBERED);

  /** Whether this request counts as a login; call it once each. */
  isLogin(userId: string, ip: string, now: number): boolean {
    const key = `${userId} ${ip}`;
    const before = this.#seen.get(key);
    this.#seen.set(key, now);
    return before === undefined || now - before >= IDLE_MS;
  }
}
