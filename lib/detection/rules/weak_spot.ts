import { HOUR } from "../../base/duration.ts";
import type { RequestRecord } from "../../log/request_record.ts";
import type { Rule } from "../rule.ts";
import { isServed } from "../seen.ts";
import { unmistakableIn } from "../unmistakable.ts";
import { counted, inTheHour } from "./words.ts";

/** More different paths than this are a scan. */
const SCAN = 5;

/**
 * A path that only one vulnerable product has, or a file that must never be served, such as a
 * `.env`: a single request cannot be an accident. If the app has such a page (200), it is no
 * finding; but a served secret file is critical. CrowdSec's `http-cve` and `http-sensitive-files`
 * are similar.
 */
export function weakSpot(): Rule {
  const wasServed = ({ path, status, method, username }: RequestRecord) =>
    isServed(status) && method !== "HEAD" && method !== "OPTIONS" &&
    !STORING.has(method) && username === null &&
    unmistakableIn(path) === "neverServed";
  return {
    name: "weak_spot",
    about:
      "A request for a path that only a vulnerable product has, or for a secret file; critical if it was served, or for more than five different paths.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    only: { path: (path) => unmistakableIn(path) !== null },
    groupBy: (record) => record.ip_address,
    matches: (record) =>
      !isServed(record.status) && !isStored(record) || wasServed(record) ||
      isTestPage(record),
    marks: wasServed,
    distinct: ({ path }) => path.toLowerCase(),
    raise({ count, marked, threshold, client }) {
      if (client.accepted) return "info";
      return marked > 0 || count > threshold + SCAN ? "critical" : "warning";
    },
    explain({ count, marked, window, evidence }) {
      const path = evidence[0]?.path ?? "";
      const served = marked > 0 ? `, ${marked} of them served` : "";
      return `${
        counted(count, "exploit or secret-file path")
      }${served}, such as ${path} ${inTheHour(window)}`;
    },
  };
}

/** Methods of clients that keep their own files on a server. */
const STORING = new Set(
  "PUT PROPFIND PROPPATCH MKCOL DELETE LOCK UNLOCK MOVE COPY REPORT".split(" "),
);

/** Whether a client looks after a file of its own, such as a project's settings. */
function isStored({ path, method }: RequestRecord): boolean {
  return STORING.has(method) && unmistakableIn(path) !== "exploit";
}

/** A test page or information page of a framework, which no app has as a page of its own. */
function isTestPage({ path }: RequestRecord): boolean {
  return /(?:eval-stdin|htmlawedtest|getphpinfo)\.php/i.test(path);
}
