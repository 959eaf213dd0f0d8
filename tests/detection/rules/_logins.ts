import type { LoginEvent } from "../../../lib/accounts/login_log.ts";
import { HOUR_START } from "../records.ts";

/** Attempts of one address for accounts numbered from `first` on, evenly over a period. */
export function logins(
  count: number,
  [fromMs, toMs]: [number, number],
  { outcome = "wrong", first = 0, accounts = count, ip = "203.0.113.9" }: {
    outcome?: LoginEvent["outcome"];
    first?: number;
    accounts?: number;
    ip?: string;
  } = {},
): LoginEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    timestamp: HOUR_START + fromMs +
      Math.floor(index * (toMs - fromMs) / Math.max(1, count - 1)),
    ip_address: ip,
    account: (first + index % accounts).toString(16).padStart(16, "0"),
    outcome,
  }));
}
