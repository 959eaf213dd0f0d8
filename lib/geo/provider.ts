import type { RawPlace } from "./place.ts";

/** An external service as data; the common code is in fetch_provider.ts. */
export interface Provider {
  readonly name: "ipinfo" | "ipapi";
  /** The source of the data, for people. */
  readonly source: string;
  /**
   * The URLs, best first. After a 403, by which the service rejects an endpoint for a token's plan,
   * the next one is used.
   */
  readonly urls: readonly ((ip: string) => string)[];
  /** Whether a token is sent as a bearer token. */
  readonly bearer: boolean;
  /**
   * Picks the place from a response. It has been checked to concern the requested address; its
   * fields are unchecked. Null: not known there.
   *
   * @throws {Error} if the response reports a failure of the service.
   */
  pick(answer: Readonly<Record<string, unknown>>): RawPlace | null;
}
