import type { RequestRecord } from "../log/request_record.ts";
import { loggedSignalsOf } from "../signals/logged_signals.ts";
import { BIT } from "../signals/signal.ts";

/** The signals of an attack payload. */
export const PAYLOADS = BIT.sqli | BIT.xss | BIT.lfi | BIT.rfi | BIT.rce |
  BIT.code |
  BIT.jndi;

/** A path without any of these carries no payload. */
const SUSPECT = /[%'"<>(){};$`\\|]|\.\.|\/(?:etc|proc)\//i;

/** The payload signals of a record; if none are stored with it, those of its path. */
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

/** Whether the app served the request. */
export function isServed(status: number): boolean {
  return status >= 200 && status < 300 || status === 304;
}
