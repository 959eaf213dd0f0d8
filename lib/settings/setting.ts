import type { Parser } from "./parsers.ts";

/**
 * Who reads a setting: the app (`start`, `dev`), the guard in another app (an option of its own),
 * the proxy, or the commands.
 */
export type SettingUser = "app" | "guard" | "proxy" | "tasks";

/** The inputs of defaults. */
export interface DefaultContext {
  /** Whether the process runs on Deno Deploy. */
  onDeploy: boolean;
  /** The text of another setting, or its default. */
  textOf(name: string): string | null;
}

/** One setting: everything that the product and its documents know of it. */
export interface Setting<I = unknown, T = unknown, N = unknown> {
  parser: Parser<I, T, N>;
  /**
   * The text as in a variable, or a function that returns it; null: without it, the value is the
   * parser's `none`.
   */
  default: string | null | ((context: DefaultContext) => string);
  usedBy: readonly SettingUser[];
  /** Never shown; may be given as `<NAME>_FILE`, the name of a file that holds it. */
  isSecret?: boolean;
  /** Leading and trailing spaces are part of the value. */
  isVerbatim?: boolean;
}

/** The type of a setting in the configuration. */
export type SettingValue<S> = S extends
  { parser: Parser<infer _I, infer T, infer N>; default: infer D }
  ? D extends null ? T | N : T
  : never;

/** The type of a setting as an option; null and undefined count as not set. */
export type SettingInput<S> = S extends
  { parser: Parser<infer I, infer _T, infer _N> } ? I : never;

/** A variable's name in camel case, as in options and in the configuration. */
export type OptionName<S extends string> = S extends
  `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<OptionName<Rest>>}`
  : Lowercase<S>;

/** `TRUSTED_PROXIES` as `trustedProxies`. */
export function optionName<S extends string>(name: S): OptionName<S> {
  return name.toLowerCase().replace(
    /_(.)/g,
    (_, letter: string) => letter.toUpperCase(),
  ) as OptionName<S>;
}
