import { signalsOf } from "./signals.ts";

/** The data of a request in a log. */
export interface LoggedRequest {
  method: string;
  /** Path, with the query if logged. */
  target: string;
  /** Such as `HTTP/1.1`, if logged. */
  protocol?: string;
  user_agent?: string | null;
  referrer?: string | null;
}

/** The signals of a logged request: fewer than `signalsOf` finds. */
export function loggedSignalsOf(logged: LoggedRequest): number {
  const headers: string[] = [];
  if (logged.user_agent) headers.push("user-agent", logged.user_agent);
  if (logged.referrer) headers.push("referer", logged.referrer);
  return signalsOf({
    method: logged.method,
    target: logged.target,
    protocol: logged.protocol,
    headers,
  });
}
