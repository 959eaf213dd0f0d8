import { MINUTE } from "../../base/duration.ts";
import type { Rule } from "../rule.ts";
import { counted, within } from "./words.ts";

/** Without our own refusals (401, 403, 429), which would cause further ones. */
const CLIENT_ERRORS = new Set([
  400,
  404,
  405,
  406,
  408,
  411,
  413,
  414,
  415,
  431,
  444,
]);

/**
 * Many failed requests from one address in a short time: fuzzing, a broken client, or a failing
 * server. CrowdSec's `http-crawl-non_statics` and OWASP's Logging Vocabulary
 * (`malicious_extraneous`) are similar. It is info for accepted clients, if more than half as many
 * requests succeed, and if most are 404, which path_scanning judges; but not for clients with a
 * browser's user agent that never get a page.
 */
export function errorBurst(): Rule {
  return {
    name: "error_burst",
    about:
      "Many failed requests in a short time; info if as many requests succeed, or if most are for missing pages.",
    severity: "warning",
    windowMs: 10 * MINUTE,
    everyMs: 5 * MINUTE,
    threshold: 30,
    weight: 1,
    only: { status: (status) => status >= 500 || CLIENT_ERRORS.has(status) },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    marks: ({ status }) => status !== 404,
    raise({ count, marked, client, evidence }) {
      if (client.accepted || client.succeeded * 2 > count) return "info";
      if (marked * 2 > count) return "warning";
      const isBrowser = evidence.every(({ user_agent }) =>
        user_agent?.startsWith("Mozilla/") === true
      );
      return client.succeeded === 0 && isBrowser ? "warning" : "info";
    },
    explain: ({ count, marked, window }) =>
      `${counted(count, "failed request")} ${
        within(window)
      }, ${marked} of them not for missing pages`,
  };
}
