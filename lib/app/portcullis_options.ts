import type { CityDatabase } from "../geo/city_database.ts";
import type { OperatorData } from "../geo/operator_data.ts";
import type { GuardSettings } from "../guard/open_guard.ts";
import type { SettingOptions } from "../settings/options.ts";
import type { Visitor } from "../guard/visitor.ts";

/**
 * Settings of the standalone program only: an embedding app decides where it listens and how it ends.
 *
 * @example
 * ```ts
 * import type { ProgramOption } from "@portcullis/portcullis";
 *
 * // Settings that an embedding app decides itself, so that they are no options.
 * const isOurs: Record<ProgramOption, false> = {
 *   basePath: false,
 *   host: false,
 *   kvFromAccessToken: false,
 *   maxConnectionsPerClient: false,
 *   port: false,
 *   shutdownDeadline: false,
 *   workers: false,
 * };
 * ```
 */
export type ProgramOption =
  | "basePath"
  | "host"
  | "kvFromAccessToken"
  | "maxConnectionsPerClient"
  | "port"
  | "shutdownDeadline"
  | "workers";

/**
 * How Portcullis behaves in another app. What is left out comes from the environment, as for the
 * program; the options have the variables' names in camel case and mean the same. Durations are text
 * such as `12h`, rates such as `5/m`.
 *
 * @example
 * ```ts
 * import { portcullis, type PortcullisOptions } from "@portcullis/portcullis";
 *
 * const options: PortcullisOptions = {
 *   kv: ":memory:",
 *   console: false,
 *   trustedProxies: ["10.0.0.0/8"],
 *   logRetention: "7d",
 * };
 * const gate = portcullis(options);
 * await gate.close();
 * ```
 */
export interface PortcullisOptions
  extends
    Omit<SettingOptions, ProgramOption>,
    Pick<
      GuardSettings,
      | "isUnlogged"
      | "now"
      | "onError"
      | "onRecord"
      | "onRefuse"
      | "policy"
      | "whoIs"
    > {
  /**
   * The store: a path or URL as `KV_PATH` has it, a `Deno.Kv`, or what opens one. What is opened here
   * is also closed here.
   *
   * @default {"./data/portcullis.db"}
   */
  kv?: string | Deno.Kv | (() => Promise<Deno.Kv>);
  /**
   * The path of the console, its API included; `false` leaves it out.
   *
   * @default {"/portcullis"}
   */
  console?: string | false | null;
  /**
   * Decides who may use the console, as an admin; the console then has no accounts of its own.
   * Setting `visitor.username` names them in the audit trail. Whoever can lie to this function owns
   * the console.
   */
  authorize?: (
    request: Request,
    visitor: Visitor,
  ) => boolean | Promise<boolean>;
  /**
   * With `authorize`: clients that it rejects get your app's response for the console's path, such
   * as your 404, so that the console stays hidden.
   *
   * @default {false}
   */
  hidden?: boolean;
  /** The city database: `import { dbip } from "@portcullis/portcullis/dbip"`. @default none */
  geo?: CityDatabase | (() => CityDatabase);
  /** Who runs which network: `import { asn } from "@portcullis/portcullis/asn"`. @default none */
  asn?: OperatorData;
}
