import type { Bot } from "../bots/bot.ts";

/**
 * A request as rules see it. Everything but address, path and method may cost something to find
 * out, so it is asked for only where a rule needs it.
 */
export interface Subject {
  /** Canonical address of the client. */
  readonly ip: string;
  /** As the app sees it: decoded, without query. */
  readonly path: string;
  readonly method: string;
  /** In lower case, without port; empty where there is none. */
  readonly host: string;
  /** A header field's value by its name in lower case. */
  header(name: string): string | null;
  /** Empty where there is none. */
  readonly userAgent: string;
  readonly country: string | null;
  /** The operator of the address's network. */
  readonly asn: number | null;
  /** Whether that operator rents out machines; null where it is not known. */
  readonly hosting: boolean | null;
  /** What the client says it is. */
  readonly bot: Bot | null;
  /** Whether DNS or published ranges bear that out; null for others and until it is known. */
  readonly verified: boolean | null;
  /** The signed-in user's name. */
  readonly user: string | null;
  /** A mask of SIGNALS. */
  readonly signals: number;
}
