import { compileProbePaths } from "../../signals/probe_paths.ts";
import type { Rule } from "../rule.ts";
import { HOUR } from "../types.ts";
import { counted, inTheHour } from "./words.ts";

/** From so many probes on it is a warning; one or two may be a stray bookmark. */
const PROBES = 3;

/**
 * Looking for what is not there: many distinct missing pages, or paths that scanners are known for
 * on an app that has none of them. OWASP Application Logging Vocabulary, `malicious_excess_404`;
 * CrowdSec's `http-probing` and `http-sensitive-files` have the same idea.
 */
export function pathScanning(): Rule {
  const isProbe = compileProbePaths();
  // Without a single probe it may be a site that has moved, or a client that guesses at pictures.
  const severe = (count: number, marked: number, threshold: number) =>
    marked > 0 && count > 4 * threshold || marked >= 10 * PROBES;
  return {
    name: "path_scanning",
    about:
      "Many distinct missing pages, or well-known probe paths such as /wp-login.php and /.env where they do not exist.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 20,
    markThreshold: 0,
    weight: 1,
    only: { status: (status) => status === 404 || status === 410 },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    distinct: (record) => record.path,
    marks: (record) => isProbe(record.path),
    raise({ count, marked, threshold }) {
      if (severe(count, marked, threshold)) return "critical";
      return count > threshold || marked >= PROBES ? "warning" : "info";
    },
    explain({ count, marked, window }) {
      const probes = marked > 0
        ? `, ${counted(marked, "request")} for well-known weak spots`
        : "";
      return `${counted(count, "missing page")}${probes} ${inTheHour(window)}`;
    },
  };
}
