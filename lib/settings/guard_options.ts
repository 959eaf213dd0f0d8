import type { GuardOption, SettingOptions } from "./options.ts";
import { GUARD_SETTINGS } from "./guard_table.ts";
import { defaultOf, readSetting, sourceOf } from "./read_setting.ts";
import {
  type DefaultContext,
  type OptionName,
  optionName,
  type Setting,
  type SettingValue,
} from "./setting.ts";

type Table = typeof GUARD_SETTINGS;

/** The values of the guard's options, by their names. */
type GuardValues = {
  -readonly [Name in keyof Table as OptionName<Name>]: SettingValue<
    Table[Name]
  >;
};

/**
 * The values of the guard's options, including defaults; the environment is not read.
 *
 * @throws {ConfigError} naming the option, its value and what was expected.
 */
export function parseGuardOptions(
  options: Pick<SettingOptions, GuardOption>,
): GuardValues {
  const context: DefaultContext = { onDeploy: false, textOf: () => null };
  const entries = Object.entries(GUARD_SETTINGS as Record<string, Setting>);
  return Object.fromEntries(entries.map(([variable, setting]) => {
    const source = sourceOf({ ...setting, name: variable }, {}, options);
    return [
      optionName(variable),
      source.value === undefined
        ? defaultOf(setting, context)
        : readSetting(setting, source.name, source.value),
    ];
  })) as GuardValues;
}
