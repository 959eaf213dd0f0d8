import { HOUR } from "../../base/duration.ts";
import type { RequestRecord } from "../../log/request_record.ts";
import type { Rule } from "../rule.ts";
import { compileSensitivePaths } from "../sensitive_paths.ts";
import { inTheHour } from "./words.ts";

/** Options of {@linkcode sensitivePath}. */
export interface SensitivePathOptions {
  /** Paths to watch (`SENSITIVE_PATHS`). */
  paths: readonly string[];
  /** Whether a signed-in user is an admin, whose visits are not reported. */
  isAdmin?: (username: string) => boolean;
  /**
   * From this many refusals (401, 403) in an hour on it is a warning, if they are more than half of
   * the visits; one refusal by our own throttle (429) is enough.
   *
   * @default 3
   */
  refusals?: number;
}

/**
 * Visits to sensitive paths (OWASP Application Logging Vocabulary, `authz_fail`). Every user visits
 * the login page, so a visit is `info`; refusals make it a `warning`.
 */
export function sensitivePath(options: SensitivePathOptions): Rule {
  const { isAdmin = () => false, refusals = 3 } = options;
  const sensitive = compileSensitivePaths(options.paths);
  const refusal = (record: RequestRecord) => {
    if (record.status === 429) return refusals;
    return record.status === 401 || record.status === 403 ? 1 : 0;
  };
  return {
    name: "sensitive_path",
    about:
      "Visits to SENSITIVE_PATHS. One visit is info; refusals and failed logins make it a warning. Visits of admins do not count.",
    severity: "info",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    countsLimited: true,
    only: { path: (path) => sensitive(path) !== null },
    groupBy: (record) => record.ip_address,
    matches: ({ username }) => username === null || !isAdmin(username),
    marks: refusal,
    raise: ({ count, marked, client }) =>
      marked >= refusals && marked * 2 > count && !client.accepted
        ? "warning"
        : "info",
    explain({ count, marked, window, evidence }) {
      const paths = new Set(evidence.map(({ path }) => sensitive(path)));
      const visits = count === 1 ? "1 visit" : `${count} visits`;
      const under = [...paths].filter((path) => path !== null).join(", ");
      const refused = marked >= refusals ? ", refused" : "";
      return `${visits} to ${under} ${inTheHour(window)}${refused}`;
    },
  };
}
