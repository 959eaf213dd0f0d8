/**
 * What the environment's variables, or options in their place, mean: each is checked once, at start.
 *
 * @module
 */
import * as v from "valibot";
import {
  type DefaultContext,
  type OptionName,
  optionName,
  type Setting,
  type SettingInput,
  type SettingUser,
  type SettingValue,
} from "./setting.ts";
import type { SettingOptions } from "./options.ts";
import { SETTING_LIST, type SettingName, SETTINGS } from "./table.ts";

type Table = typeof SETTINGS;

/** The value of every setting, by its name in camel case. Durations are in milliseconds. */
type Values = {
  -readonly [Name in SettingName as OptionName<Name>]: SettingValue<
    Table[Name]
  >;
};

/** What the parsers take: what `options.ts` says has to be what they do. */
type Accepted = {
  [Name in SettingName as OptionName<Name>]?: SettingInput<Table[Name]> | null;
};

type NamesUsedBy<U extends SettingUser> = {
  [Name in SettingName]: U extends Table[Name]["usedBy"][number] ? Name : never;
}[SettingName];

/** The names of the options that one kind of user has. */
export type OptionsOf<U extends SettingUser> = OptionName<NamesUsedBy<U>>;

/** What {@linkcode parseConfig} makes of the environment. */
export interface Config
  extends Omit<Values, "adminUsername" | "adminPassword" | "publicOrigin"> {
  /** `ADMIN_USERNAME` and `ADMIN_PASSWORD`. */
  admin: { username: string; password: string } | null;
  /** `PUBLIC_ORIGIN`: the first that it names, which is the one in links. */
  publicOrigin: string | null;
  /** All that it names. */
  publicOrigins: string[];
  /** The path that cookies are for, where another app has the rest of the host. */
  cookiePath?: string;
  /** Whether the process runs on Deno Deploy, whose disk is gone with the process. */
  onDeploy: boolean;
  /** What was set, in the table's order; secrets are not in it. */
  given: readonly { name: SettingName; shown: string }[];
}

/** A setting that is not what it should be. The message is one line. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** The environment's variables by name. */
export type Environment = Record<string, string | undefined>;

/**
 * The checked configuration. An empty variable counts as one that is not set; an option wins over
 * its variable.
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

/**
 * The values of the options that a user of the table has, their defaults included; the environment is
 * not looked at.
 *
 * @throws {ConfigError} naming the option, its value and what was expected.
 */
export function parseOptions<U extends SettingUser>(
  user: U,
  options: Pick<SettingOptions, OptionsOf<U>>,
): Pick<Values, OptionsOf<U>> {
  const context: DefaultContext = { onDeploy: false, textOf: () => null };
  const used = SETTING_LIST.filter(({ usedBy }) => usedBy.includes(user));
  return Object.fromEntries(used.map((setting) => {
    const { name, value } = sourceOf(setting, {}, options);
    return [
      optionName(setting.name),
      value === undefined
        ? defaultOf(setting, context)
        : readSetting(setting, name, value),
    ];
  })) as Pick<Values, OptionsOf<U>>;
}

/** What stands for a setting, and under which name. */
function sourceOf(
  { name, isVerbatim }: Setting & { name: SettingName },
  env: Environment,
  options: Accepted,
): { name: string; value: unknown } {
  const option = optionName(name);
  const given: unknown = options[option];
  if (given !== undefined && given !== null) {
    return { name: option, value: given };
  }
  const text = isVerbatim ? env[name] : env[name]?.trim();
  return { name, value: text || undefined };
}

/**
 * The value of a setting that is given as text or as an option.
 *
 * @throws {ConfigError} naming it as `name`.
 */
function readSetting<S extends Setting>(
  setting: S,
  name: string,
  value: unknown,
): SettingValue<S> {
  const { parser } = setting;
  const result = v.safeParse(parser.schema, value);
  if (result.success) return result.output as SettingValue<S>;
  const shown = shownValue(setting, value);
  throw new ConfigError(`${name} is ${shown}: expected ${parser.expected}`);
}

function shownValue({ isSecret }: Setting, value: unknown): string {
  return isSecret ? "(not shown)" : JSON.stringify(value);
}

function defaultOf(setting: Setting, context: DefaultContext): unknown {
  const { parser, default: fallback } = setting;
  if (fallback === null) return parser.none;
  const text = typeof fallback === "string" ? fallback : fallback(context);
  return v.parse(parser.schema, text);
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

/** What one setting says of another. */
function requireTogether(config: Config): void {
  if (config.geoProvider === "ipinfo" && config.ipinfoToken === null) {
    throw new ConfigError(
      `IPINFO_TOKEN is not set: expected a token, as GEO_PROVIDER is "ipinfo"`,
    );
  }
  if (
    config.onDeploy && !config.allowEphemeral &&
    !/^(:default:$|https?:)/i.test(config.kvPath)
  ) {
    throw new ConfigError(
      `KV_PATH is ${
        JSON.stringify(config.kvPath)
      }, which Deno Deploy forgets: expected :default: with a KV database assigned to the app, or an http(s) URL, or ALLOW_EPHEMERAL=1`,
    );
  }
}
