import { countryName } from "../geo/country.ts";
import type { RequestRecord } from "./request_record.ts";

/** A request as the API, exports and JSON logs show it. */
export interface RequestItem {
  /** ISO 8601, UTC. */
  timestamp: string;
  ip_address: string;
  method: string;
  path: string;
  status: number;
  duration_ms: number;
  /** English name. */
  country: string | null;
  /** ISO 3166-1 alpha-2. */
  country_code: string | null;
  city: string | null;
  user_agent: string | null;
  referrer: string | null;
  username: string | null;
  outcome: string;
}

/** The outside form of a stored record. */
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
  };
}
