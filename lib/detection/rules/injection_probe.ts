import { HOUR } from "../../base/duration.ts";
import { BIT } from "../../signals/signal.ts";
import { FLAG, type RequestRecord } from "../../log/request_record.ts";
import type { Rule } from "../rule.ts";
import { hasPayload, isServed, PAYLOADS, payloadsOf } from "../seen.ts";
import { counted, inTheHour } from "./words.ts";

/** More than so many are no accident of a tool, but an attack. */
const MANY = 5;
/** What a page led to and the app served counts so much less. */
const LED_TO = 8;
/** A client that the app knows has so much more room. */
const ROOM = 4;

/**
 * Requests that carry a payload anywhere: traversal, SQL, markup, templates, shell, JNDI or remote
 * inclusion, as their signals say (ModSecurity CRS families 930 to 934, 941, 942 and 944). One is
 * enough. SQL or markup that a page led to and the app served, or that a client sent whom the app
 * knows, is somebody who writes about it, and info until there is much of it; as is a page of a wiki
 * that is there and only has an odd name, by who reads its other pages, too.
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

/** A page of a wiki that is there, whatever its name. */
function isNamedPage({ method, status, flags }: RequestRecord): boolean {
  return (flags & FLAG.pageName) !== 0 && method === "GET" && isServed(status);
}

/** What people search for and write about, as it is no file and no command. */
function isWord(payloads: number): boolean {
  return (payloads & ~(BIT.sqli | BIT.xss | BIT.code)) === 0;
}
