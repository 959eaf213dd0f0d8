import { delay as sleep } from "../delay.ts";
import { findingItem } from "../detection/finding_item.ts";
import type { Finding } from "../detection/finding.ts";

/** What {@linkcode createWebhook} needs. */
export interface WebhookOptions {
  /** `ALERT_WEBHOOK_URL` */
  url: string;
  /** @default {fetch} */
  fetch?: typeof fetch;
  /** Waits between tries. */
  delay?: (ms: number) => Promise<void>;
  /** Called with one sentence where an alert was given up. */
  onError?: (message: string) => void;
}

/** Posts alerts about new findings; resolves when they are through or given up, and never rejects. */
export type Webhook = (findings: readonly Finding[]) => Promise<void>;

/** A webhook that a job with a lease does not wait for, as the receiver may be slow. */
export function unawaited(webhook: Webhook): Webhook {
  return function alert(findings) {
    // It never rejects.
    webhook(findings);
    return Promise.resolve();
  };
}

const TIMEOUT_MS = 5_000;
/** Waits before the second and third try, in milliseconds. */
const BACKOFF = [500, 2_000];
/** More alerts than this at once become one sentence: a flood must not become another. */
const MAX_POSTS = 50;

/**
 * Makes the function that posts each new finding above `info` as JSON to `ALERT_WEBHOOK_URL`, the
 * worst first. The address comes from the configuration, so it may lie in a private network, but a
 * redirect to somewhere else is not followed.
 */
export function createWebhook(
  { url, fetch: send = fetch, delay = sleep, onError = () => {} }:
    WebhookOptions,
): Webhook {
  return async function alert(findings) {
    const serious = findings.filter(({ severity }) => severity !== "info");
    for (const finding of serious.slice(0, MAX_POSTS)) {
      const went = await post({
        type: "finding",
        text:
          `${finding.severity}: ${finding.rule} of ${finding.ip_address}: ${finding.explanation}`,
        finding: findingItem(finding),
      });
      // Where one does not get through, the others would only wait as long.
      if (!went) return;
    }
    const left = serious.length - MAX_POSTS;
    if (left > 0) {
      await post({
        type: "more_findings",
        text: `${left} more findings: see /admin/suspicious`,
        count: left,
      });
    }
  };

  async function post(body: unknown): Promise<boolean> {
    let failure = "";
    for (let tries = 0; tries <= BACKOFF.length; tries++) {
      if (tries > 0) await delay(BACKOFF[tries - 1]!);
      try {
        failure = await attempt(JSON.stringify(body));
        if (failure === "") return true;
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
      }
    }
    onError(`Cannot post an alert: ${failure}`);
    return false;
  }

  /** Why it failed, or an empty string. */
  async function attempt(body: string): Promise<string> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
    try {
      const response = await send(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "Portcullis",
        },
        body,
        redirect: "manual",
        signal: controller.signal,
      });
      await response.body?.cancel();
      return response.ok ? "" : `the server answered ${response.status}`;
    } finally {
      clearTimeout(timer);
    }
  }
}
