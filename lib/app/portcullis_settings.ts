import { nearest } from "../base/nearest.ts";
import { quoted } from "../base/quoted.ts";
import { type CityDatabase, cityDatabase } from "../geo/city_database.ts";
import { checkOperatorData } from "../geo/operator_data.ts";
import { checkSettings } from "../guard/open_guard.ts";
import type { Config } from "../settings/config.ts";
import { optionName } from "../settings/setting.ts";
import { SETTING_LIST } from "../settings/table.ts";
import { readConfig } from "./config.ts";
import type { PortcullisOptions } from "./portcullis_options.ts";
import type { HostSettings } from "./services.ts";

/** Options without an environment variable. */
const OTHERS = [
  "asn",
  "authorize",
  "console",
  "geo",
  "hidden",
  "isUnlogged",
  "kv",
  "now",
  "onError",
  "onRecord",
  "onRefuse",
  "policy",
  "whoIs",
] as const satisfies readonly (keyof PortcullisOptions)[];

/** The names of all options. */
const KNOWN: readonly string[] = [
  ...OTHERS,
  ...SETTING_LIST.map(({ name }) => optionName(name)),
];

/** {@linkcode PortcullisOptions}, checked and completed from the environment. */
export interface Settings
  extends Pick<PortcullisOptions, "asn" | "geo" | "now" | "policy"> {
  /** The app's store, or a function that opens it; without either, `KV_PATH` is opened. */
  kv?: Exclude<PortcullisOptions["kv"], string>;
  config: Config;
  /** The base path of the console; null: no console. */
  base: string | null;
  hidden: boolean;
  host: HostSettings;
}

const DEFAULT_CONSOLE = "/portcullis";

/**
 * Combines options and environment.
 *
 * @throws {TypeError | ConfigError | SyntaxError | RangeError} where a value is not valid.
 */
export function settingsOf(options: PortcullisOptions): Settings {
  const { authorize, hidden = false, geo, policy, console } = options;
  if (hidden && authorize === undefined) {
    throw new TypeError(
      "Cannot hide the console: expected authorize, as nobody could log in otherwise",
    );
  }
  if (hidden && console === false) {
    throw new TypeError("Cannot hide the console: there is none");
  }
  checkOptions(options);
  const { kv } = options;
  if (options.asn !== undefined) checkOperatorData(options.asn);
  if (geo !== undefined) cityDatabase(geo);
  const config = readConfig(
    {
      ...options,
      geoProvider: options.geoProvider ?? (geo && "embedded"),
      // A store opened by the host app has no key file beside it: secrets need a SECRET_KEY.
      kvPath: typeof kv === "string" ? kv : kv && ":default:",
      // The listen address is the host app's.
      host: "127.0.0.1",
      port: 8000,
    },
    // The geolocation database is used only if it was passed.
    { GEO_PROVIDER: "off" },
  );
  const base = consolePath(console, config.basePath);
  if (base !== null) {
    config.basePath = base;
    config.cookiePath = base;
    // Paths of Portcullis that accept passwords.
    config.loginPaths.push(`${base}/login`, `${base}/api/login`);
    config.sensitivePaths.push(`${base}/admin`, `${base}/login`);
  }
  checkSettings({ ...config, policy });
  return {
    ...{ config, base, hidden, geo, policy },
    asn: options.asn,
    now: options.now,
    kv: typeof kv === "string" ? undefined : kv,
    host: {
      policy,
      console: base,
      onRefuse: options.onRefuse,
      whoIs: options.whoIs,
      isUnlogged: options.isUnlogged,
      onRecord: options.onRecord,
      onError: options.onError,
      authorize: authorize && onceEach(authorize),
      readDatabase: geo && readerOf(geo),
    },
  };
}

/** Called once for each request, as pages need the result in several places. */
function onceEach(
  authorize: NonNullable<PortcullisOptions["authorize"]>,
): NonNullable<HostSettings["authorize"]> {
  const known = new WeakMap<object, Promise<boolean>>();
  return function authorized(request, visitor) {
    let answer = known.get(visitor);
    if (answer === undefined) {
      // Only `true` grants access.
      answer = Promise.resolve(authorize(request, visitor))
        .then((is) => is === true);
      known.set(visitor, answer);
    }
    return answer;
  };
}

function readerOf(geo: NonNullable<PortcullisOptions["geo"]>) {
  const database: CityDatabase = cityDatabase(geo);
  return database.read.bind(database);
}

/** @throws {TypeError} where it is no path. */
function consolePath(
  option: PortcullisOptions["console"],
  basePath: string,
): string | null {
  if (option === false || option === null) return null;
  const path = option ?? (basePath || DEFAULT_CONSOLE);
  if (typeof path !== "string" || !/^(\/[\w~-][\w.~-]*)+\/?$/.test(path)) {
    throw new TypeError(
      `Cannot put the console at ${
        JSON.stringify(path)
      }: expected a path such as /portcullis, or false`,
    );
  }
  return path.replace(/\/$/, "");
}

/** @throws {TypeError} for an unknown option, or one that has to be a function and is not. */
function checkOptions(options: PortcullisOptions): void {
  for (const name of Object.keys(options)) {
    if (KNOWN.includes(name)) continue;
    const meant = nearest(name, KNOWN, true);
    throw new TypeError(
      `Cannot use option ${quoted(name)}: expected ${
        meant === null ? "one that there is" : quoted(meant)
      }`,
    );
  }
  for (
    const name of [
      "authorize",
      "isUnlogged",
      "now",
      "onError",
      "onRecord",
      "onRefuse",
      "whoIs",
    ] as const
  ) {
    const value = options[name];
    if (value === undefined || typeof value === "function") continue;
    throw new TypeError(
      `Cannot use option "${name}": expected a function, received ${typeof value}`,
    );
  }
  const { kv } = options;
  const isStore = kv === undefined || typeof kv === "string" ||
    typeof kv === "function" ||
    typeof (kv as { atomic?: unknown } | null)?.atomic === "function";
  if (!isStore) {
    throw new TypeError(
      `Cannot use option "kv": expected a Deno.Kv, a path, or a function that opens one, received ${typeof kv}`,
    );
  }
}
