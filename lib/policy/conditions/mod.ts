/**
 * The conditions of `when`, in the order of sentences and the documentation. Parsing, matching,
 * comparing, describing and rehearsing rules use this table.
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

/** The parsed type of each condition. */
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

/** The requests of a rule: those that meet every condition; in a list, one match is enough. */
export interface When extends Partial<Conditions> {
  /** Requests that meet all conditions of one of these are excluded. */
  not?: When[];
}

/** The table of conditions. */
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

/** The table's rows, without the types of the values. */
export const CONDITION_ROWS = Object.entries(CONDITIONS) as readonly (readonly [
  name: keyof Conditions,
  condition: Condition<unknown>,
])[];

/** The help text of `not`, as in the table. */
export const NOT_HELP =
  "conditions; requests that match all of them are excluded. With a list, requests that match all conditions of any item are excluded";

/** The keys of `when`. */
export const CONDITION_NAMES: readonly (keyof When)[] = [
  ...CONDITION_ROWS.map(([name]) => name),
  "not",
];
