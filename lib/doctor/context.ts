import type { Config } from "../settings/config.ts";
import type { Check, RunningParts } from "./doctor.ts";
import type { GeoStatus } from "../geo/geo.ts";

/** What a check can use. */
export interface DoctorContext {
  config: Config;
  /** The store, once it is known to answer; null where it does not, or there is none to look into. */
  kv: Deno.Kv | null;
  now: () => number;
  /** The state of the running server; null for a task. */
  running: RunningParts | null;
  /** The geolocation data that are in use, where they were read. */
  geo: GeoStatus | null;
  /** Asks whether JSR can be reached; null where nobody may ask outside. */
  askJsr: (() => Promise<boolean>) | null;
  /** The two clocks, in epoch ms; the second one never jumps. */
  clocks: { wall: () => number; steady: () => number };
}

/** Checks one thing; null or an empty list if there is nothing to report. */
export type DoctorCheck = (
  context: DoctorContext,
) => Check | Check[] | null | Promise<Check | Check[] | null>;
