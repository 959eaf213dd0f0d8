import type { RawPlace } from "./place.ts";

/** An external service as data; what is common to them is in fetch_provider.ts. */
export interface Provider {
  readonly name: "ipinfo" | "ipapi";
  /** For people: where the data come from. */
  readonly source: string;
  /**
   * The addresses to ask, best first. The next one is used from the moment the
   * service says 403, which is how it refuses an endpoint to a token's plan.
   */
  readonly urls: readonly ((ip: string) => string)[];
  /** Whether a token is sent as a bearer token. */
  readonly bearer: boolean;
  /**
   * Picks the place from an answer: the object has been checked to speak of the
   * address that was asked for, its fields have not. Null: not known there.
   *
   * @throws {Error} if the answer says that the service failed.
   */
  pick(answer: Readonly<Record<string, unknown>>): RawPlace | null;
}
