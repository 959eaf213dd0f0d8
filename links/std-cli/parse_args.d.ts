/** The options of `parseArgs` that the tasks use. */
export interface ParseOptions<S extends string, B extends string> {
  string?: readonly S[];
  boolean?: readonly B[];
  alias?: Record<string, string | readonly string[]>;
  default?: Record<string, unknown>;
  collect?: readonly string[];
  negatable?: readonly string[];
  stopEarly?: boolean;
  "--"?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Arguments by name, and the positional ones in `_`. */
export type Args<S extends string, B extends string> =
  & { [K in Exclude<S, "_">]?: string }
  & { [K in B]: boolean }
  & { _: Array<string | number> };

/** Parses command-line arguments. */
export function parseArgs<
  const S extends string = never,
  const B extends string = never,
>(
  args: readonly string[],
  options?: ParseOptions<S, B>,
): Args<S, B>;
