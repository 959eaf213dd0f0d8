import type { Parser } from "./parsers.ts";

/**
 * Who reads a setting: the app (`start`, `dev`), the guard in another app (an option of its own),
 * the proxy, or the commands.
 */
export type SettingUser = "app" | "guard" | "proxy" | "tasks";

/** What defaults may depend on. */
export interface DefaultContext {
  /** Whether the process runs on Deno Deploy. */
  onDeploy: boolean;
  /** The text of another setting, its default where it is not set. */
  textOf(name: string): string | null;
}

/** One setting: everything that the product and its documents know of it. */
export interface Setting<I = unknown, T = unknown, N = unknown> {
  parser: Parser<I, T, N>;
  /**
   * As the variable would say it, or what makes that text; null: without it, the value is the
   * parser's `none`.
   */
  default: string | null | ((context: DefaultContext) => string);
  usedBy: readonly SettingUser[];
  /** Never shown; may be given as `<NAME>_FILE`, the name of a file that holds it. */
  isSecret?: boolean;
  /** Spaces at its ends belong to it. */
  isVerbatim?: boolean;
}

/** The value that a setting has in the configuration. */
export type SettingValue<S> = S extends
  { parser: Parser<infer _I, infer T, infer N>; default: infer D }
  ? D extends null ? T | N : T
  : never;

/** What may be given for a setting as an option; null and nothing count as not given. */
export type SettingInput<S> = S extends
  { parser: Parser<infer I, infer _T, infer _N> } ? I : never;

/** A variable's name in camel case, as options and the configuration have it. */
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
