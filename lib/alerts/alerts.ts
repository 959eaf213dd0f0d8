/**
 * Alerts about new findings and changes of the lists, for the environment's webhook and the
 * receivers set up in the console. Whoever has an alert only stores it in the outbox; each process
 * checks the outbox every two seconds, and one of them delivers.
 *
 * @module
 */
import { openSecretBox, type SecretBox } from "../accounts/secret_box.ts";
import type { AlertFindings } from "../detection/finding.ts";
import { compareSeverity } from "../detection/types.ts";
import { deadline } from "../base/delay.ts";
import { logLine } from "../base/log_line.ts";
import type { OutboundOptions } from "../net/outbound.ts";
import { messageOf, severityOf } from "./message.ts";
import { deliver, type Round } from "./delivery.ts";
import type { AlertEvent } from "./event.ts";
import {
  enqueue,
  enqueueFindings,
  type Mailbox,
  waitingAlert,
} from "./outbox.ts";
import { type AlertStatus, alertStatus } from "./status.ts";
import {
  type Posted,
  type Receiver,
  type ReceiverConfig,
  receiverOf,
} from "./receiver.ts";
import { isQuietAt } from "./quiet_hours.ts";
import {
  addReceiver,
  listReceivers,
  type NewReceiver,
  receiverKind,
  settingsOf,
  type StoredReceiver,
} from "./receiver_store.ts";

/** What {@linkcode openAlerts} needs. */
export interface AlertsOptions {
  kv: Deno.Kv;
  now: () => number;
  config: ReceiverConfig & {
    publicOrigin: string | null;
    basePath?: string;
    kvPath: string;
    secretKey: Uint8Array | null;
  };
  /** How often the outbox is checked, in milliseconds; null: only by `round()`. @default {2000} */
  pollMs?: number | null;
  /** Where the start and the end of delivery failures are logged. @default {logLine} */
  log?: typeof logLine;
  /** For tests; see {@linkcode receiverOf}. */
  send?: Partial<OutboundOptions>;
}

/** Deliveries of this process since it started. */
export interface AlertCounts {
  posted: number;
  failed: number;
}

/** The alerts of a process. */
export interface Alerts {
  /** The environment's webhook; null where none is configured. */
  readonly receiver: Receiver | null;
  readonly counts: Readonly<AlertCounts>;
  /** The state of the environment's webhook when this process last read it. */
  readonly known: Readonly<AlertStatus>;
  findings: AlertFindings;
  /** Has something else targets. */
  send(event: AlertEvent): Promise<void>;
  /** Delivers waiting alerts now; for commands that end. */
  round(): Promise<Round>;
  /**
   * Sends a test alert ahead of waiting alerts to a receiver of the console or, without an id, to
   * the environment's webhook; null where there is none.
   */
  test(by: string, id?: string): Promise<Posted | null>;
  /** Adds a receiver. */
  add(receiver: NewReceiver): Promise<StoredReceiver>;
  /** Reads the receivers again after a change. */
  refresh(): Promise<void>;
  /** Waits briefly for the running round and starts no other. */
  close(): Promise<void>;
}

/** Somebody who is targets. */
interface Target extends Mailbox {
  receiver: Receiver;
  isQuiet?: (now: number) => boolean;
}

/** How long shutdown waits for a running delivery, in milliseconds. */
const GRACE_MS = 1_500;
/** Deadline for reading the receivers from the store, in milliseconds. */
const STORE_MS = 2_000;
/** How often a process without receivers checks for new ones, in milliseconds. */
const LOOK_MS = 30_000;

/** Opens the alerts of a configuration. */
export function openAlerts(options: AlertsOptions): Alerts {
  const { kv, now, config, pollMs = 2_000, log = logLine, send } = options;
  const receiver = receiverOf(config, { now, send });
  const { publicOrigin, basePath = "" } = config;
  const origin = publicOrigin && publicOrigin + basePath;
  const context = { now, allowPrivate: config.outboundPrivate, send };
  const counts: AlertCounts = { posted: 0, failed: 0 };
  const ending = new AbortController();
  let closed = false;
  let known: AlertStatus = { state: null, waiting: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<Round> | undefined;
  let box: Promise<SecretBox | null> | undefined;
  let targets: readonly Target[] = receiver === null
    ? []
    : [{ id: null, wants: () => true, receiver }];
  let lookedAt = -Infinity;

  function secrets(): Promise<SecretBox | null> {
    return box ??= openSecretBox(config);
  }

  /** Reads the receivers; one that cannot be decrypted or opened is skipped and logged. */
  async function refresh(): Promise<void> {
    lookedAt = now();
    const stored = await deadline(listReceivers(kv), STORE_MS);
    const found: Target[] = receiver === null
      ? []
      : [{ id: null, wants: () => true, receiver }];
    for (const each of stored) {
      if (each.is_paused) continue;
      const made = await opened(each);
      if (made === null) continue;
      found.push({
        id: each.id,
        receiver: made,
        wants: (event) => wants(each, event),
        isQuiet: (at) => isQuietAt(each.quiet, at),
      });
    }
    targets = found;
  }

  async function opened(stored: StoredReceiver): Promise<Receiver | null> {
    try {
      const settings = settingsOf(stored, await secrets());
      if (settings === null) {
        throw new Error("its settings were encrypted with another SECRET_KEY");
      }
      return receiverKind(stored.kind).open(settings, context);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${stored.name} cannot be used: ${reason}`;
      log("warn", "sys_alert_fail", { message });
      return null;
    }
  }

  async function look(): Promise<void> {
    const isDue = targets.length > 0 || now() - lookedAt >= LOOK_MS;
    if (isDue) await refresh();
  }

  function count({ ok }: Posted): void {
    counts[ok ? "posted" : "failed"]++;
  }

  function round(): Promise<Round> {
    return running ??= roundOf().finally(() => running = undefined);
  }

  async function roundOf(): Promise<Round> {
    await look();
    const rounds = await Promise.all(targets.map((each) =>
      deliver({
        ...{ kv, now, origin },
        ...each,
        signal: ending.signal,
        onPosted: count,
        onChange: (failing, message) =>
          log(
            failing ? "warn" : "info",
            failing ? "sys_alert_fail" : "sys_alert_resumed",
            { message },
          ),
      })
    ));
    return {
      posted: rounds.reduce((sum, { posted }) => sum + posted, 0),
      error: rounds.find(({ error }) => error !== null)?.error ?? null,
    };
  }

  /** Schedules the next round; at once after an alert was stored. */
  function schedule(ms: number | null): void {
    clearTimeout(timer);
    if (closed || ms === null || pollMs === null) return;
    timer = setTimeout(async () => {
      try {
        await round();
        if (receiver !== null) known = await alertStatus(kv);
      } catch {
        // The store is down, which is reported elsewhere; the next round tries again.
      }
      schedule(targets.length > 0 ? pollMs : LOOK_MS);
    }, ms);
    Deno.unrefTimer(timer);
  }

  schedule(pollMs);
  return {
    receiver,
    counts,
    get known() {
      return known;
    },
    async findings(findings, news) {
      await look();
      if (targets.length === 0) return;
      const count = await enqueueFindings(
        { kv, now, boxes: targets },
        findings,
        news,
      );
      if (count > 0) schedule(0);
    },
    async send(event) {
      await look();
      if (targets.length === 0) return;
      await enqueue({ kv, now, boxes: targets }, event);
      schedule(0);
    },
    round,
    async test(by, id) {
      const asked = id === undefined
        ? receiver
        : await listReceivers(kv).then((all) => {
          const stored = all.find((each) => each.id === id);
          return stored === undefined ? null : opened(stored);
        });
      if (asked === null) return null;
      const alert = waitingAlert({ type: "test", by }, now());
      const posted = await asked.post(messageOf(alert, origin));
      count(posted);
      return posted;
    },
    async add(given) {
      const added = await addReceiver(kv, given, {
        ...context,
        box: await secrets(),
      });
      await refresh();
      schedule(0);
      return added;
    },
    refresh,
    async close() {
      closed = true;
      clearTimeout(timer);
      // A request in progress may still succeed.
      const grace = setTimeout(() => ending.abort(), GRACE_MS);
      // A store that hangs must not delay shutdown.
      if (running) await deadline(running, 2 * GRACE_MS).catch(() => {});
      clearTimeout(grace);
    },
  };
}

/** Whether a receiver's settings include an event. */
function wants(
  { least, lists }: StoredReceiver,
  event: AlertEvent,
): boolean {
  if (event.type === "blocklist") return lists;
  const severity = severityOf(event);
  return severity === null || compareSeverity(severity, least) >= 0;
}
