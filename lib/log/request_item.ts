import { countryName } from "../geo/country.ts";
import type { Bot } from "../bots/bot.ts";
import { botOf } from "../bots/bot_of.ts";
import { type Signal, signalNames } from "../signals/signal.ts";
import type { Outcome, RequestRecord } from "./request_record.ts";

/** A request in the API, exports and JSON logs. */
export interface RequestItem {
  /** ISO 8601, UTC. */
  timestamp: string;
  ip_address: string;
  method: string;
  path: string;
  status: number;
  /** Null if an imported log does not contain it. */
  duration_ms: number | null;
  /** English name. */
  country: string | null;
  /** ISO 3166-1 alpha-2. */
  country_code: string | null;
  city: string | null;
  user_agent: string | null;
  referrer: string | null;
  username: string | null;
  outcome: Outcome;
  host: string | null;
  /** Signals found in the request on arrival. */
  signals: Signal[];
  /** The rule of the policy that decided. */
  rule: string | null;
  /** The network operator of the address: number and name. */
  asn: number | null;
  operator: string | null;
  /** The crawler or tool that the user agent names. */
  bot: Bot | null;
}

/** The public form of a stored record. */
export function requestItem(record: RequestRecord): RequestItem {
  return {
    timestamp: new Date(record.timestamp).toISOString(),
    ip_address: record.ip_address,
    method: record.method,
    path: record.path,
    status: record.status,
    duration_ms: record.duration_ms,
    country: countryName(record.country_code),
    country_code: record.country_code,
    city: record.city,
    user_agent: record.user_agent,
    referrer: record.referrer,
    username: record.username,
    outcome: record.outcome,
    host: record.host,
    signals: signalNames(record.signals),
    rule: record.rule,
    asn: record.asn,
    operator: record.operator,
    bot: shownBot(record.user_agent),
  };
}

function shownBot(userAgent: string | null): Bot | null {
  const bot = botOf(userAgent);
  return bot && { name: bot.name, category: bot.category };
}
