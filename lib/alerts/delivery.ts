/**
 * Delivers waiting alerts. A lease ensures that one process at a time does; a delivered alert is
 * removed from the outbox in the write that records the delivery. If a process dies between
 * delivery and that write, the next one delivers the alert again, with the same id.
 *
 * @module
 */
import { HOUR } from "../base/duration.ts";
import { keys } from "../store/keys.ts";
import { type Lease, takeLease } from "../store/lease.ts";
import {
  type AlertState,
  type Attempt,
  MOST_ATTEMPTS,
  newAlertState,
  readAlertState,
} from "./alert_state.ts";
import type { AlertEvent, WaitingAlert } from "./event.ts";
import { listEventSince } from "./list_changes.ts";
import {
  type Message,
  messageOf,
  rank,
  subjectOf,
  summaryOf,
  WORST,
} from "./message.ts";
import { putAlert, readWaiting, waitingAlert } from "./outbox.ts";
import type { Posted, Receiver } from "./receiver.ts";

/** What {@linkcode deliver} needs. */
export interface DeliveryOptions {
  kv: Deno.Kv;
  now: () => number;
  receiver: Receiver;
  /** Whose outbox it is; null for the environment's webhook. */
  id: string | null;
  /** Whether changes of the lists are reported. */
  wants?: (event: AlertEvent) => boolean;
  /** Whether the receiver has quiet hours now, in which only critical alerts are sent. */
  isQuiet?: (now: number) => boolean;
  /** `PUBLIC_ORIGIN`, for links. */
  origin: string | null;
  /** Aborted on shutdown: waiting alerts stay in the outbox, running requests are aborted. */
  signal: AbortSignal;
  /** Called when delivery starts to fail, and when it works again. */
  onChange?: (failing: boolean, words: string) => void;
  onPosted?: (posted: Posted) => void;
}

/** The result of a round. */
export interface Round {
  /** Requests that were answered with success. */
  posted: number;
  /** Why the last one failed; null where none did. */
  error: string | null;
}

/** Longer than the deadline of a request. */
const HOLD_MS = 15_000;
/** More waiting alerts than this are sent as one message. */
const MAX_SINGLE = 10;
/** After this many messages within an hour, further alerts are collected … */
const MAX_PER_HOUR = 30;
/** … and sent together at this interval, in milliseconds. */
const GATHER_MS = 5 * 60_000;
/** Delays between attempts after a failure, in milliseconds, each times 0.8 to 1.2. */
const BACKOFF = [5_000, 15_000, 60_000, 300_000, 900_000];
/** An alert that the receiver itself rejects is dropped after this many attempts. */
const MAX_REFUSALS = 3;
/** Statuses that mean the receiver or its URL is wrong, not the alert. */
const NOT_ABOUT_IT = new Set([401, 403, 404, 407, 408, 410, 421, 425, 429]);

/** Delivers waiting alerts until the receiver refuses; rejects if the store fails. */
export async function deliver(options: DeliveryOptions): Promise<Round> {
  const { kv, now } = options;
  const nothing: Round = { posted: 0, error: null };
  const { id } = options;
  if (!await isDue(kv, id, now())) return nothing;
  const job = id === null ? "alerts" : `alerts ${id}`;
  const lease = await takeLease({ kv, job, now, holdMs: HOLD_MS });
  if (lease === null) return nothing;
  try {
    return await new Delivery(options, lease).run();
  } finally {
    await lease.release();
  }
}

/** Whether there may be something to deliver; three reads. */
async function isDue(
  kv: Deno.Kv,
  id: string | null,
  now: number,
): Promise<boolean> {
  const state = await readAlertState(kv, id);
  const { value } = await kv.get<number>(keys.accessVersion());
  if (state === null || (value ?? 0) !== state.cursor) return true;
  if (state.next_try_at > now) return false;
  const waiting = kv.list({ prefix: keys.alertsOf(id) }, { limit: 1 });
  for await (const _ of waiting) return true;
  return false;
}

class Delivery {
  readonly #options: DeliveryOptions;
  readonly #lease: Lease;
  #state!: AlertState;

  constructor(options: DeliveryOptions, lease: Lease) {
    this.#options = options;
    this.#lease = lease;
  }

  async run(): Promise<Round> {
    const { kv, now, receiver, signal, id } = this.#options;
    const round: Round = { posted: 0, error: null };
    if (!await this.#collect()) return round;
    while (!signal.aborted) {
      const { waiting, stale } = await readWaiting(kv, now(), id);
      if (stale.length > 0 && !await this.#dropped(stale)) break;
      if (waiting.length === 0 || this.#state.next_try_at > now()) break;
      const [message, alerts] = this.#next(waiting) ?? [];
      if (message === undefined) break;
      // The lease must last longer than the request.
      if (!await this.#keep()) break;
      const posted = await receiver.post(message, signal);
      // It may have been delivered; the next process repeats it with the same id.
      if (!posted.ok && signal.aborted) break;
      this.#options.onPosted?.(posted);
      const goesOn = posted.ok
        ? await this.#delivered(message, posted, alerts!)
        : await this.#failed(message, posted, alerts!);
      if (posted.ok) round.posted++;
      else round.error = posted.words;
      if (!goesOn) break;
    }
    return round;
  }

  /** Adds changes of the lists to the outbox; false if the lease was lost. */
  async #collect(): Promise<boolean> {
    const { kv, now, id, wants } = this.#options;
    const version = (await kv.get<number>(keys.accessVersion())).value ?? 0;
    const known = await readAlertState(kv, id);
    // After a restore, the list version may be lower than the stored one.
    if (known === null || known.cursor > version) {
      this.#state = { ...newAlertState(version), ...known };
      this.#state.cursor = version;
      return await this.#keep();
    }
    this.#state = known;
    if (version === known.cursor) return true;
    const event = await listEventSince(kv, {
      from: known.cursor,
      to: version,
    });
    this.#state.cursor = version;
    return await this.#keep((commit) => {
      if (event !== null && wants?.(event) !== false) {
        putAlert(commit, id, waitingAlert(event, now()));
      }
    });
  }

  /** The next message and the alerts in it; null while alerts are being collected. */
  #next(all: WaitingAlert[]): [Message, WaitingAlert[]] | null {
    const { now, origin, isQuiet } = this.#options;
    const waiting = isQuiet?.(now())
      ? all.filter(({ event }) => rank(event) === WORST)
      : all;
    if (waiting.length === 0) return null;
    const { posted, unmentioned } = this.#state;
    const busy = posted.filter((at) => at > now() - HOUR && at <= now());
    const isFlood = busy.length >= MAX_PER_HOUR;
    if (isFlood && now() - Math.max(...busy) < GATHER_MS) return null;
    // An alert that was rejected is retried alone, so that it does not block the others.
    const single = waiting.length <= MAX_SINGLE && !isFlood ||
      waiting.length === 1;
    const refused = waiting.find(({ refusals }) => refusals > 0);
    if (single || refused) {
      const alert = refused ??
        waiting.toSorted((a, b) => rank(b.event) - rank(a.event))[0]!;
      return [messageOf(alert, origin), [alert]];
    }
    return [summaryOf(waiting, unmentioned, origin), waiting];
  }

  async #delivered(
    message: Message,
    posted: Posted,
    alerts: readonly WaitingAlert[],
  ): Promise<boolean> {
    const { now, onChange, receiver } = this.#options;
    const state = this.#state;
    if (state.failing_since !== null) {
      onChange?.(false, `${receiver.host} accepts alerts again`);
    }
    if (alerts.length > 1) state.unmentioned = 0;
    Object.assign(state, {
      posted: [...state.posted.filter((at) => at > now() - HOUR), now()]
        .slice(-2 * MAX_PER_HOUR),
      delivered: state.delivered + alerts.length,
      failures: 0,
      failing_since: null,
      last_error: null,
      last_ok_at: now(),
      next_try_at: 0,
      attempts: this.#attempts(message, posted),
    });
    return await this.#remove(alerts);
  }

  #attempts(message: Message, { ok, words }: Posted): Attempt[] {
    const attempt = {
      at: this.#options.now(),
      ok,
      what: subjectOf(message),
      words,
    };
    return [attempt, ...this.#state.attempts ?? []].slice(0, MOST_ATTEMPTS);
  }

  async #dropped(alerts: readonly WaitingAlert[]): Promise<boolean> {
    this.#state.dropped += alerts.length;
    this.#state.unmentioned += alerts.length;
    return await this.#remove(alerts);
  }

  async #failed(
    message: Message,
    posted: Posted,
    alerts: readonly WaitingAlert[],
  ): Promise<boolean> {
    const { now, onChange, id } = this.#options;
    const { status, words, retryAfterMs } = posted;
    const state = this.#state;
    state.attempts = this.#attempts(message, posted);
    if (state.failing_since === null) onChange?.(true, words);
    state.failures++;
    state.failing_since ??= now();
    state.last_error = words;
    const step = BACKOFF[Math.min(state.failures, BACKOFF.length) - 1]!;
    state.next_try_at = now() + Math.max(
      retryAfterMs ?? 0,
      Math.round(step * (0.8 + Math.random() * 0.4)),
    );
    const isRefused = status !== null && status >= 400 && status < 500 &&
      !NOT_ABOUT_IT.has(status);
    if (!isRefused || alerts.length > 1) return await this.#keep() && false;
    const [alert] = alerts;
    const refused = { ...alert!, refusals: alert!.refusals + 1 };
    if (refused.refusals >= MAX_REFUSALS) return await this.#dropped(alerts);
    await this.#keep((commit) => putAlert(commit, id, refused));
    return false;
  }

  #remove(alerts: readonly WaitingAlert[]): Promise<boolean> {
    const { id: receiver } = this.#options;
    return this.#keep((commit) => {
      for (const { at, id } of alerts) {
        commit.delete(keys.alert(receiver, at, id));
      }
    });
  }

  /** Stores the state with what else there is to write, if the lease is still ours. */
  #keep(
    add: (commit: Deno.AtomicOperation) => void = () => {},
  ): Promise<boolean> {
    return this.#lease.commit((commit) => {
      commit.set(keys.alertState(this.#options.id), this.#state);
      add(commit);
    });
  }
}
