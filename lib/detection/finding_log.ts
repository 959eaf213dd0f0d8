import { logLine } from "../base/log_line.ts";
import { ownValue } from "../base/own_value.ts";
import type { Finding } from "./finding.ts";

/** OWASP's event names of the rules; the others are `malicious_activity`. */
const EVENTS: Record<string, string> = {
  bad_bot: "malicious_attack_tool",
  path_scanning: "malicious_excess_404",
  injection_probe: "malicious_extraneous",
  high_volume: "excess_rate_limit_exceeded",
  login_bruteforce: "authn_login_fail_max",
  password_spraying: "authn_login_fail_max",
  credential_stuffing: "authn_login_fail_max",
};

/** The most findings of a run that are logged. */
const MAX_LINES = 50;

/** Logs new findings above info. */
export function logFindings(
  news: readonly Finding[],
  log: typeof logLine = logLine,
): void {
  const serious = news.filter(({ severity }) => severity !== "info");
  for (const finding of serious.slice(0, MAX_LINES)) {
    const { rule, severity, ip_address, count, explanation } = finding;
    log("warn", ownValue(EVENTS, rule) ?? "malicious_activity", {
      ...{ ip_address, rule, severity, count, explanation },
    });
  }
  const left = serious.length - MAX_LINES;
  if (left > 0) log("warn", "malicious_activity", { more: left });
}
