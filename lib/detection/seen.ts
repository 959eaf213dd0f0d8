import type { RequestRecord } from "../log/request_record.ts";
import { loggedSignalsOf } from "../signals/logged_signals.ts";
import { BIT } from "../signals/signal.ts";

/** The signals of a payload: what somebody sends to see what the app does with it. */
export const PAYLOADS = BIT.sqli | BIT.xss | BIT.lfi | BIT.rfi | BIT.rce |
  BIT.code |
  BIT.jndi;

/** Without any of these a path carries no payload. */
const SUSPECT = /[%'"<>(){};$`\\|]|\.\.|\/(?:etc|proc)\//i;

/** The payloads that a record carries; where no signals were stored with it, those of its path. */
export function payloadsOf({ signals, path }: RequestRecord): number {
  return signals !== 0 ? signals & PAYLOADS : ofPath(path);
}

/** Whether a path alone carries a payload. */
export function hasPayload(path: string): boolean {
  return ofPath(path) !== 0;
}

function ofPath(path: string): number {
  if (!SUSPECT.test(path)) return 0;
  return loggedSignalsOf({ method: "GET", target: path }) & PAYLOADS;
}

/** Whether the app served what was asked for. */
export function isServed(status: number): boolean {
  return status >= 200 && status < 300 || status === 304;
}
