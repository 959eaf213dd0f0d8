/** What became of a request at the guard. */
export type Outcome = "allowed" | "blocked" | "limited";

/** RequestLog: one request as it is stored. The API shows the same fields, the time as ISO 8601. */
export interface RequestRecord {
  /** When the request arrived, in milliseconds since the epoch. */
  timestamp: number;
  /** The client's canonical address (RFC 5952). */
  ip_address: string;
  method: string;
  /** Path without query; at most 512 bytes of UTF-8. */
  path: string;
  status: number;
  /** Until the response's head was ready. */
  duration_ms: number;
  /** ISO 3166-1 alpha-2, or null where it is not known. */
  country_code: string | null;
  city: string | null;
  /** At most 256 bytes of UTF-8. */
  user_agent: string | null;
  /** Origin and path of the referring page, without query; at most 256 bytes of UTF-8. */
  referrer: string | null;
  /** The signed-in user's name. */
  username: string | null;
  outcome: Outcome;
}
