import { HOUR } from "../../base/duration.ts";
import { BIT } from "../../signals/signal.ts";
import { FLAG, type RequestRecord } from "../../log/request_record.ts";
import type { Rule } from "../rule.ts";
import { hasPayload, isServed, PAYLOADS, payloadsOf } from "../seen.ts";
import { counted, inTheHour } from "./words.ts";

/** More than this many are an attack, not an accident of a tool. */
const MANY = 5;
/** Requests that were served and have a referrer count this much less. */
const LED_TO = 8;
/** An accepted client has this multiple of the limit. */
const ROOM = 4;

/**
 * Requests with a payload anywhere: traversal, SQL, markup, templates, shell, JNDI or remote
 * inclusion, according to their signals (ModSecurity CRS families 930 to 934, 941, 942 and 944).
 * One is enough. Two kinds of served requests are excused and info until there are many: SQL,
 * markup or code with a referrer, and anything signed in, as the user may write about it. So are
 * existing wiki pages with an odd name, if the client mostly reads other pages.
 */
export function injectionProbe(): Rule {
  return {
    name: "injection_probe",
    about:
      "Requests with path traversal, SQL, script, template or shell payloads; critical when there are more than five.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    only: { path: hasPayload, orSignals: PAYLOADS },
    groupBy: (record) => record.ip_address,
    matches: (record) => payloadsOf(record) !== 0,
    distinct: (record) => {
      const excused = isServed(record.status) &&
        (isWord(payloadsOf(record)) && record.referrer !== null ||
          record.username !== null);
      const mark = excused ? "~" : isNamedPage(record) ? "?" : "";
      return `${mark}${record.timestamp} ${record.path}`;
    },
    raise({ values, count, threshold, client }) {
      const marked = (mark: string) =>
        [...values].filter((value) => value[0] === mark).length;
      const named = marked("?");
      const others = client.succeeded - named;
      const reads = others >= named && client.failed <= others;
      const excused = marked("~") + (reads ? named : 0);
      const open = count - excused + excused / LED_TO;
      const room = client.accepted ? ROOM : 1;
      if (open > (threshold + MANY) * room) return "critical";
      return open >= threshold + 1 && (!client.accepted || open > MANY)
        ? "warning"
        : "info";
    },
    explain: ({ matched, window }) =>
      `${counted(matched, "request")} with a payload ${inTheHour(window)}`,
  };
}

/** An existing page of a wiki, whatever its name. */
function isNamedPage({ method, status, flags }: RequestRecord): boolean {
  return (flags & FLAG.pageName) !== 0 && method === "GET" && isServed(status);
}

/** Payloads that people search for and write about: no file and no command. */
function isWord(payloads: number): boolean {
  return (payloads & ~(BIT.sqli | BIT.xss | BIT.code)) === 0;
}
