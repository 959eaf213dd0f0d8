/**
 * The conditions of `when`, in the order in which sentences and the documentation name them.
 * Reading, matching, comparing, describing and rehearsing rules go by this table.
 *
 * @module
 */
import type { Cidr } from "../../net/cidr.ts";
import { bot, verified } from "./bot.ts";
import type { Condition } from "./condition.ts";
import { country } from "./country.ts";
import { header } from "./header.ts";
import { host } from "./host.ts";
import { ip } from "./ip.ts";
import { method } from "./method.ts";
import { asn, hosting } from "./operator.ts";
import { path } from "./path.ts";
import { signal } from "./signal.ts";
import { status, type StatusRange } from "./status.ts";
import { user } from "./user.ts";
import { userAgent } from "./user_agent.ts";

/** What each condition is read to. */
export interface Conditions {
  method: string[];
  path: string[];
  host: string[];
  ip: Cidr[];
  country: string[];
  asn: number[];
  hosting: boolean;
  bot: string[];
  verified: boolean;
  user: string[];
  user_agent: string[];
  signal: string[];
  header: [name: string, globs: string[]][];
  status: StatusRange[];
}

/** Which requests a rule is about: those that meet every condition; of a list, one is enough. */
export interface When extends Partial<Conditions> {
  /** Requests that meet all of one of these are left out. */
  not?: When[];
}

/** The table. */
export const CONDITIONS: {
  readonly [K in keyof Conditions]: Condition<Conditions[K]>;
} = {
  method,
  path,
  host,
  ip,
  country,
  asn,
  hosting,
  bot,
  verified,
  user,
  user_agent: userAgent,
  signal,
  header,
  status,
};

/** The table's rows, where what a value is does not matter. */
export const CONDITION_ROWS = Object.entries(CONDITIONS) as readonly (readonly [
  name: keyof Conditions,
  condition: Condition<unknown>,
])[];

/** What `not` does, in the words of the table's `help`. */
export const NOT_HELP =
  "conditions; requests that match all of them are excluded. With a list, requests that match all conditions of any item are excluded";

/** The words that `when` may hold. */
export const CONDITION_NAMES: readonly (keyof When)[] = [
  ...CONDITION_ROWS.map(([name]) => name),
  "not",
];
