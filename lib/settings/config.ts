/**
 * Parses the environment's variables, or options in their place: each is checked once, at start.
 *
 * @module
 */
import {
  type DefaultContext,
  type OptionName,
  optionName,
  type SettingInput,
  type SettingValue,
} from "./setting.ts";
import type { SettingOptions } from "./options.ts";
import {
  ConfigError,
  defaultOf,
  type Environment,
  readSetting,
  shownValue,
  sourceOf,
} from "./read_setting.ts";
import { SETTING_LIST, type SettingName, SETTINGS } from "./table.ts";

type Table = typeof SETTINGS;

/** The value of every setting, by its name in camel case. Durations are in milliseconds. */
type Values = {
  -readonly [Name in SettingName as OptionName<Name>]: SettingValue<
    Table[Name]
  >;
};

/** The types that the parsers accept, which those in `options.ts` have to match. */
type Accepted = {
  [Name in SettingName as OptionName<Name>]?: SettingInput<Table[Name]> | null;
};

/** The result of {@linkcode parseConfig}. */
export interface Config
  extends Omit<Values, "adminUsername" | "adminPassword" | "publicOrigin"> {
  /** `ADMIN_USERNAME` and `ADMIN_PASSWORD`. */
  admin: { username: string; password: string } | null;
  /** The first origin of `PUBLIC_ORIGIN`, which links use. */
  publicOrigin: string | null;
  /** All origins of `PUBLIC_ORIGIN`. */
  publicOrigins: string[];
  /** The path of cookies, if another app uses the rest of the host. */
  cookiePath?: string;
  /** Whether the process runs on Deno Deploy, whose disk does not outlive the process. */
  onDeploy: boolean;
  /** The settings that were set, in the table's order, without secrets. */
  given: readonly { name: SettingName; shown: string }[];
}

export { ConfigError };
export type { Environment };

/**
 * The checked configuration. An empty variable counts as not set; an option has precedence over its
 * variable.
 *
 * @throws {ConfigError} naming the variable or option, its value and what was expected.
 */
export function parseConfig(
  env: Environment,
  options: SettingOptions = {},
): Config {
  const onDeploy = Boolean(env.DENO_DEPLOY || env.DENO_DEPLOYMENT_ID);
  const sources = SETTING_LIST.map((setting) => ({
    setting,
    ...sourceOf(setting, env, options),
  }));
  const context: DefaultContext = {
    onDeploy,
    textOf(name) {
      const source = sources.find(({ setting }) => setting.name === name);
      if (typeof source?.value === "string") return source.value;
      const text = source?.setting.default;
      return typeof text === "string" ? text : null;
    },
  };
  const values = Object.fromEntries(sources.map(({ setting, name, value }) => [
    optionName(setting.name),
    value === undefined
      ? defaultOf(setting, context)
      : readSetting(setting, name, value),
  ])) as Values;
  const { adminUsername, adminPassword, publicOrigin, ...rest } = values;
  const config: Config = {
    ...rest,
    admin: adminOf(adminUsername, adminPassword),
    publicOrigin: publicOrigin[0] ?? null,
    publicOrigins: publicOrigin,
    onDeploy,
    given: sources.filter(({ value }) => value !== undefined).map((
      { setting, value },
    ) => ({ name: setting.name, shown: shownValue(setting, value) })),
  };
  requireTogether(config);
  return config;
}

function adminOf(
  username: string | null,
  password: string | null,
): Config["admin"] {
  if (username !== null && password !== null) return { username, password };
  if (username === password) return null;
  const missing = username === null ? "ADMIN_USERNAME" : "ADMIN_PASSWORD";
  throw new ConfigError(
    `${missing} is not set: expected ADMIN_USERNAME and ADMIN_PASSWORD together`,
  );
}

/** Checks that depend on two settings. */
function requireTogether(config: Config): void {
  if (config.geoProvider === "ipinfo" && config.ipinfoToken === null) {
    throw new ConfigError(
      `IPINFO_TOKEN is not set: expected a token, as GEO_PROVIDER is "ipinfo"`,
    );
  }
  if (config.remoteUserHeader !== null && config.trustedProxies.length === 0) {
    throw new ConfigError(
      `TRUSTED_PROXIES is not set: expected the addresses of the proxies that are believed, as REMOTE_USER_HEADER is ${
        JSON.stringify(config.remoteUserHeader)
      }`,
    );
  }
  const { remoteUserHeader: name, clientIpHeader } = config;
  if (
    name !== null &&
    (name === clientIpHeader || name === config.remoteRolesHeader)
  ) {
    throw new ConfigError(
      `REMOTE_USER_HEADER is ${
        JSON.stringify(name)
      }: expected a field that no other setting reads`,
    );
  }
  for (
    const [variable, value] of [
      ["OIDC_CLIENT_ID", config.oidcClientId],
      ["PUBLIC_ORIGIN", config.publicOrigin],
    ] as const
  ) {
    if (config.oidcIssuer === null || value !== null) continue;
    throw new ConfigError(
      `${variable} is not set: expected it, as OIDC_ISSUER is ${
        JSON.stringify(config.oidcIssuer)
      }`,
    );
  }
  if (
    config.onDeploy && !config.allowEphemeral &&
    !/^(:default:$|https?:)/i.test(config.kvPath)
  ) {
    throw new ConfigError(
      `KV_PATH is ${
        JSON.stringify(config.kvPath)
      }, which is lost on Deno Deploy: expected :default: with a KV database assigned to the app, or an http(s) URL, or ALLOW_EPHEMERAL=1`,
    );
  }
}
