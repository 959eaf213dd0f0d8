import { signalsOf } from "./signals.ts";

/** What a log says about a request. */
export interface LoggedRequest {
  method: string;
  /** Path, with the query where the log holds it. */
  target: string;
  /** Such as `HTTP/1.1`, where the log holds it. */
  protocol?: string;
  user_agent?: string | null;
  referrer?: string | null;
}

/** What is seen in a request that only a log tells about: less than `signalsOf` sees. */
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
