/**
 * What is told to a webhook: new findings, and what is done to the lists. Whoever finds something
 * only puts it into the store; each process looks there every two seconds, and one of them tells.
 *
 * @module
 */
import type { TellFindings } from "../detection/finding.ts";
import { logLine } from "../base/log_line.ts";
import type { OutboundOptions } from "../net/outbound.ts";
import { messageOf } from "./message.ts";
import { deliver, type Round } from "./delivery.ts";
import type { AlertEvent } from "./event.ts";
import { tell, tellFindings, waitingAlert } from "./outbox.ts";
import { type AlertStatus, alertStatus } from "./status.ts";
import {
  type Posted,
  type Receiver,
  type ReceiverConfig,
  receiverOf,
} from "./receiver.ts";

/** What {@linkcode openAlerts} needs. */
export interface AlertsOptions {
  kv: Deno.Kv;
  now: () => number;
  config: ReceiverConfig & {
    publicOrigin: string | null;
    basePath?: string;
  };
  /** How often the store is looked at, in milliseconds; null: only when asked. @default {2000} */
  pollMs?: number | null;
  /** Where changes for the worse and the better go. @default {logLine} */
  log?: typeof logLine;
  /** For tests; see {@linkcode receiverOf}. */
  send?: Partial<OutboundOptions>;
}

/** What this process has told since it began. */
export interface AlertCounts {
  posted: number;
  failed: number;
}

/** The alerts of a process. */
export interface Alerts {
  /** Null where no webhook is configured: then nothing is stored either. */
  readonly receiver: Receiver | null;
  readonly counts: Readonly<AlertCounts>;
  /** How telling went when this process last looked. */
  readonly known: Readonly<AlertStatus>;
  findings: TellFindings;
  /** Has something else told. */
  tell(event: AlertEvent): Promise<void>;
  /** Tells what waits, now; for a command that ends. */
  round(): Promise<Round>;
  /** Posts a test alert past all that waits; null where no webhook is configured. */
  test(by: string): Promise<Posted | null>;
  /** Lets the round that runs end, but not for long, and begins no other. */
  close(): Promise<void>;
}

/** How long a process that ends waits for a request, in milliseconds. */
const GRACE_MS = 1_500;

/** Opens the alerts of a configuration. */
export function openAlerts(options: AlertsOptions): Alerts {
  const { kv, now, config, pollMs = 2_000, log = logLine, send } = options;
  const receiver = receiverOf(config, { now, send });
  const { publicOrigin, basePath = "" } = config;
  const origin = publicOrigin && publicOrigin + basePath;
  const counts: AlertCounts = { posted: 0, failed: 0 };
  const ending = new AbortController();
  let closed = false;
  let known: AlertStatus = { state: null, waiting: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<Round> | undefined;

  function count({ ok }: Posted): void {
    counts[ok ? "posted" : "failed"]++;
  }

  function round(): Promise<Round> {
    if (receiver === null) return Promise.resolve({ posted: 0, error: null });
    return running ??= deliver({
      ...{ kv, now, receiver, origin },
      signal: ending.signal,
      onPosted: count,
      onChange: (failing, message) =>
        log(
          failing ? "warn" : "info",
          failing ? "sys_alert_fail" : "sys_alert_resumed",
          { message },
        ),
    }).finally(() => running = undefined);
  }

  /** The next look; at once where something has just been stored. */
  function schedule(ms: number | null): void {
    clearTimeout(timer);
    if (closed || ms === null || pollMs === null) return;
    timer = setTimeout(async () => {
      try {
        await round();
        known = await alertStatus(kv);
      } catch {
        // The store is down: others say so, and the next look comes.
      }
      schedule(pollMs);
    }, ms);
    Deno.unrefTimer(timer);
  }

  if (receiver !== null) schedule(pollMs);
  return {
    receiver,
    counts,
    get known() {
      return known;
    },
    async findings(findings, news) {
      if (receiver === null) return;
      if (await tellFindings({ kv, now }, findings, news) > 0) schedule(0);
    },
    async tell(event) {
      if (receiver === null) return;
      await tell({ kv, now }, event);
      schedule(0);
    },
    round,
    async test(by) {
      if (receiver === null) return null;
      const alert = waitingAlert({ type: "test", by }, now());
      const posted = await receiver.post(messageOf(alert, origin));
      count(posted);
      return posted;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      // A request that is under way may yet arrive.
      const grace = setTimeout(() => ending.abort(), GRACE_MS);
      await running?.catch(() => {});
      clearTimeout(grace);
    },
  };
}
