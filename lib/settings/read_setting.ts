/**
 * Reads one setting.
 *
 * @module
 */
import * as v from "valibot";
import {
  type DefaultContext,
  optionName,
  type Setting,
  type SettingValue,
} from "./setting.ts";

/** An invalid setting. The message is one line. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** The environment's variables by name. */
export type Environment = Record<string, string | undefined>;

/** The value of a setting, and the name that it was set by. */
export function sourceOf(
  { name, isVerbatim }: Setting & { name: string },
  env: Environment,
  options: object,
): { name: string; value: unknown } {
  const option = optionName(name);
  const given: unknown = (options as Record<string, unknown>)[option];
  if (given !== undefined && given !== null) {
    return { name: option, value: given };
  }
  const text = isVerbatim ? env[name] : env[name]?.trim();
  return { name, value: text || undefined };
}

/**
 * The value of a setting from a text or an option.
 *
 * @throws {ConfigError} with the name `name`.
 */
export function readSetting<S extends Setting>(
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

/** A value as shown in messages. */
export function shownValue({ isSecret }: Setting, value: unknown): string {
  return isSecret ? "(not shown)" : JSON.stringify(value);
}

/** The value of a setting that is not set. */
export function defaultOf(setting: Setting, context: DefaultContext): unknown {
  const { parser, default: fallback } = setting;
  if (fallback === null) return parser.none;
  const text = typeof fallback === "string" ? fallback : fallback(context);
  return v.parse(parser.schema, text);
}
