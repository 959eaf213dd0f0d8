import { oneOf } from "../base/one_of.ts";

/**
 * The outcome of a request at the guard. Stored as the index in this list: add new ones at the end,
 * and never move any.
 *
 * @example
 * ```ts
 * import { OUTCOMES } from "@portcullis/portcullis/guard";
 *
 * const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
 * ```
 */
export const OUTCOMES = [
  "allowed",
  "blocked",
  "limited",
  "challenged",
] as const;

/**
 * The outcome of a request.
 *
 * @example
 * ```ts
 * import type { Outcome, Visitor } from "@portcullis/portcullis/guard";
 *
 * // Marks a request that a limit of your own has refused.
 * function markLimited(visitor: Visitor): void {
 *   const outcome: Outcome = "limited";
 *   visitor.outcome = outcome;
 * }
 * ```
 */
export type Outcome = typeof OUTCOMES[number];

/**
 * The stored number of an outcome.
 *
 * @throws {Refusal} if it is not an outcome.
 */
export function outcomeNumber(outcome: Outcome): number {
  const number = OUTCOMES.indexOf(outcome);
  if (number < 0) oneOf(OUTCOMES, outcome, "store outcome");
  return number;
}

/**
 * A stored request of the request log. The API shows the same fields, the time as ISO 8601.
 *
 * @example
 * ```ts
 * import type { GuardSettings, RequestRecord } from "@portcullis/portcullis/guard";
 *
 * const slow: RequestRecord[] = [];
 * const settings: GuardSettings = {
 *   onRecord(record) {
 *     if ((record.duration_ms ?? 0) > 1_000) slow.push(record);
 *   },
 * };
 * ```
 */
export interface RequestRecord {
  /** When the request arrived, in milliseconds since the epoch. */
  timestamp: number;
  /** The client's canonical address (RFC 5952). */
  ip_address: string;
  /** The method, as it was sent. */
  method: string;
  /** Path without query; at most 512 bytes of UTF-8. */
  path: string;
  /** The response's status. */
  status: number;
  /** Milliseconds until the response's head was ready; null if an imported log does not contain it. */
  duration_ms: number | null;
  /** ISO 3166-1 alpha-2, or null if unknown. */
  country_code: string | null;
  /** The city, or null if unknown. */
  city: string | null;
  /** At most 256 bytes of UTF-8. */
  user_agent: string | null;
  /** Origin and path of the referring page, without query; at most 256 bytes of UTF-8. */
  referrer: string | null;
  /** The signed-in user's name. */
  username: string | null;
  /** The outcome at the guard. */
  outcome: Outcome;
  /** The requested host, lower case; at most 255 bytes. */
  host: string | null;
  /** Signals found in it on arrival: a mask of `SIGNALS`. */
  signals: number;
  /** The rule of the policy that decided. */
  rule: string | null;
  /** The AS number of the network operator of the address. */
  asn: number | null;
  /** The name of the network operator. */
  operator: string | null;
  /** Further facts about request and response for the detection rules: a mask of `FLAG`. */
  flags: number;
}

/** The bits of a record's flags. They are stored: a new flag takes the next bit; never move any. */
export const FLAG = Object.freeze({
  /** The response was checked for new cookies. */
  cookiesSeen: 1,
  /** The response set one. */
  newCookie: 2,
  /** A form or JSON with a password in it. */
  password: 4,
  /** The unusual part of its target is the name of a page, as in a wiki: see `onlyNamesPage`. */
  pageName: 8,
  /** An admin, signed in at the console, used it. */
  console: 16,
});

/** The fields that some sources do not have, with their values for unknown. */
export const UNKNOWN = {
  host: null,
  signals: 0,
  rule: null,
  asn: null,
  operator: null,
  flags: 0,
} as const satisfies Partial<RequestRecord>;

/** An empty record, for code that needs to know the fields. */
export const NO_RECORD: RequestRecord = Object.freeze({
  timestamp: 0,
  ip_address: "",
  method: "",
  path: "",
  status: 0,
  duration_ms: null,
  country_code: null,
  city: null,
  user_agent: null,
  referrer: null,
  username: null,
  outcome: "allowed",
  ...UNKNOWN,
});
