import { oneOf } from "../base/one_of.ts";

/**
 * What became of a request at the guard. Stored as the place in this list: a new one goes to the
 * end, and none ever moves.
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
 * What became of a request.
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
 * The number that an outcome is stored as.
 *
 * @throws {Refusal} for what is no outcome.
 */
export function outcomeNumber(outcome: Outcome): number {
  const number = OUTCOMES.indexOf(outcome);
  if (number < 0) oneOf(OUTCOMES, outcome, "store outcome");
  return number;
}

/**
 * RequestLog: one request as it is stored. The API shows the same fields, the time as ISO 8601.
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
  /** The answer's status. */
  status: number;
  /** Until the response's head was ready; null where an imported log does not say. */
  duration_ms: number | null;
  /** ISO 3166-1 alpha-2, or null where it is not known. */
  country_code: string | null;
  /** The city, or null where it is not known. */
  city: string | null;
  /** At most 256 bytes of UTF-8. */
  user_agent: string | null;
  /** Origin and path of the referring page, without query; at most 256 bytes of UTF-8. */
  referrer: string | null;
  /** The signed-in user's name. */
  username: string | null;
  /** What became of it. */
  outcome: Outcome;
  /** The host that it was for, lower case; at most 255 bytes. */
  host: string | null;
  /** What was seen in it when it arrived: a mask of `SIGNALS`. */
  signals: number;
  /** The rule of the policy that decided. */
  rule: string | null;
  /** The number of who runs the address's network. */
  asn: number | null;
  /** The name of who runs it. */
  operator: string | null;
  /** What else is known of request and answer, for the detection rules: a mask of `FLAG`. */
  flags: number;
}

/**
 * The bits of a record's flags. They are stored: a new one takes the next bit, and none ever moves.
 */
export const FLAG = Object.freeze({
  /** The answer was looked at for new cookies. */
  cookiesSeen: 1,
  /** It gave one. */
  newCookie: 2,
  /** A form or JSON with a password in it. */
  password: 4,
});

/** What of a record only newer or better informed sources know, as it is where nobody knows it. */
export const UNKNOWN = {
  host: null,
  signals: 0,
  rule: null,
  asn: null,
  operator: null,
  flags: 0,
} as const satisfies Partial<RequestRecord>;

/** A record of nothing, where one is needed for what its fields are. */
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
