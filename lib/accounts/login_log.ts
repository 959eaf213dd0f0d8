import { deadline } from "../base/delay.ts";
import type { TimeRange } from "../log/request_query.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import type { Sealed } from "../privacy/seal.ts";
import { linesOf, sealedText } from "../privacy/sealed_addresses.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import { MINUTE } from "../base/duration.ts";

/**
 * The result of a login attempt: `code` stands for a right password whose second factor was missing
 * or wrong, `limited` for one that was refused unchecked.
 */
export type LoginOutcome = "success" | "wrong" | "limited" | "code";

/** One attempt to log in, as rules over the log see it. */
export interface LoginEvent {
  /** Milliseconds since the epoch. */
  timestamp: number;
  /** The client's address; read from the store, as the request log stores it (`PRIVACY_IP`). */
  ip_address: string;
  /**
   * A keyed hash of the folded user name that was typed, 16 hexadecimal digits: tells accounts
   * apart without naming them, as people type passwords into the wrong field.
   */
  account: string;
  outcome: LoginOutcome;
}

/** What a {@linkcode LoginLog} needs. */
export interface LoginLogOptions {
  kv: Deno.Kv;
  now: () => number;
  /** How long an event is kept, in milliseconds. */
  retentionMs: number;
  /** How addresses are kept. @default {fullAddresses} */
  addresses?: Pick<AddressStorage, "ready" | "stored" | "seal">;
  /** Called when a write fails. */
  onError?: (error: unknown) => void;
}

/** An attempt as it is stored. */
export type StoredLogin = [
  timestamp: number,
  ip: string,
  account: string,
  outcome: number,
];

/** The value under one `login_log` key, oldest event first. */
export interface LoginBlock {
  expires_at: number;
  events: StoredLogin[];
  /** Whole addresses by the numbers of their events, where these hold hashes. */
  sealed?: Sealed;
}

const OUTCOMES: readonly LoginOutcome[] = [
  "success",
  "wrong",
  "limited",
  "code",
];

/** The longest time from a block's first to its last event. */
const MAX_SPAN_MS = MINUTE;
/** An event takes at most about 140 bytes, its sealed address included, a value 64 KiB. */
const MAX_EVENTS = 400;
const FLUSH_AFTER_MS = 80;
const RETRY_MS = 1_000;
/** Limits the memory used while the store is down. */
const MAX_WAITING = 20_000;
const COMMIT_DEADLINE_MS = 2_000;

/**
 * The writer of the login log: takes events synchronously, behind the response, and stores them in
 * blocks about 100 ms later. Of a flood's refusals for one account from one address, one is kept in
 * each batch; the request log has them all.
 */
export class LoginLog {
  readonly #options: LoginLogOptions;
  readonly #writer = crypto.randomUUID().slice(0, 8);
  #sequence = 0;
  #waiting: LoginEvent[] = [];
  #limited = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<boolean> | undefined;
  #closed = false;

  constructor(options: LoginLogOptions) {
    this.#options = options;
  }

  /** Takes an event; costs no more than a push. */
  append(event: LoginEvent): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    if (event.outcome === "limited") {
      const id = `${event.ip_address} ${event.account}`;
      if (this.#limited.has(id)) return;
      this.#limited.add(id);
    }
    this.#waiting.push(event);
    this.#schedule(FLUSH_AFTER_MS);
  }

  /** Stores what waits; resolves to whether the store took it all. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // A write that runs already may have begun before the last event came.
    await this.#running;
    return await (this.#running ??= this.#write().finally(() => {
      this.#running = undefined;
    }));
  }

  /** Stores what waits and stops. */
  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, ms);
  }

  async #write(): Promise<boolean> {
    const { kv, now, retentionMs, onError } = this.#options;
    const { addresses = fullAddresses } = this.#options;
    this.#limited.clear();
    while (this.#waiting.length > 0) {
      try {
        await deadline(addresses.ready(), COMMIT_DEADLINE_MS);
      } catch (error) {
        onError?.(error);
        this.#schedule(RETRY_MS);
        return false;
      }
      const events = firstBlock(this.#waiting);
      const block: LoginBlock = {
        expires_at: now() + retentionMs,
        events: events.map((event) => [
          event.timestamp,
          addresses.stored(event.ip_address),
          event.account,
          OUTCOMES.indexOf(event.outcome),
        ]),
      };
      const sealed = addresses.seal?.(sealedText(
        new Map(events.map(({ ip_address }, n) => [n, ip_address])),
      ));
      if (sealed) block.sealed = sealed;
      const key = keys.loginLog(
        events.at(-1)!.timestamp,
        this.#writer,
        this.#sequence++,
      );
      const commit = () => kv.set(key, block, { expireIn: retentionMs });
      try {
        await deadline(write(commit), COMMIT_DEADLINE_MS);
      } catch (error) {
        onError?.(error);
        this.#schedule(RETRY_MS);
        return false;
      }
      this.#waiting.splice(0, events.length);
    }
    return true;
  }
}

/** As many of the first events as one block may hold; puts the events in order of time first. */
function firstBlock(events: LoginEvent[]): LoginEvent[] {
  events.sort((a, b) => a.timestamp - b.timestamp);
  const end = events[0]!.timestamp + MAX_SPAN_MS;
  const block = events.slice(0, MAX_EVENTS);
  return block.filter(({ timestamp }) => timestamp <= end);
}

/**
 * Every stored attempt of a stretch of time, of all processes; the order is only roughly that of
 * time.
 *
 * @param unseal Reads whole addresses where they were sealed.
 */
export async function* scanLogins(
  kv: Deno.Kv,
  { from, to }: TimeRange,
  now: () => number,
  unseal?: (sealed: Sealed | undefined) => string | null,
): AsyncGenerator<LoginEvent> {
  const entries = kv.list<LoginBlock>({
    start: keys.loginLogFrom(from),
    end: keys.loginLogFrom(to + MAX_SPAN_MS + 1),
  }, { batchSize: 100 });
  for await (const { value: block } of entries) {
    if (block.expires_at <= now()) continue;
    const text = unseal?.(block.sealed) ?? null;
    const whole = text === null ? null : new Map(linesOf(text));
    for (const [n, event] of block.events.entries()) {
      const [timestamp, stored, account, outcome] = event;
      if (timestamp < from || timestamp >= to) continue;
      yield {
        timestamp,
        ip_address: whole?.get(n) ?? stored,
        account,
        outcome: OUTCOMES[outcome] ?? "wrong",
      };
    }
  }
}

/**
 * Makes the function that says whether there may be attempts in a stretch of time, for consecutive
 * stretches: hours of an imported log rarely have any, and need not be read.
 */
export function loginsAhead(
  kv: Deno.Kv,
): (range: TimeRange) => Promise<boolean> {
  let from = Infinity;
  let next = -Infinity;
  return async function mayHave(range) {
    if (range.from < from || next < range.from) {
      from = range.from;
      next = Infinity;
      const entries = kv.list({
        start: keys.loginLogFrom(from),
        end: keys.loginLogFrom(Number.MAX_SAFE_INTEGER),
      }, { limit: 1 });
      for await (const { key } of entries) next = key[1] as number;
    }
    return next - MAX_SPAN_MS < range.to;
  };
}
