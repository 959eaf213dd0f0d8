/**
 * A table's value for a name chosen by a visitor, or undefined; inherited properties such as
 * `constructor` do not count.
 */
export function ownValue<T>(
  table: Readonly<Record<string, T>>,
  name: string | null | undefined,
): T | undefined {
  return name != null && Object.hasOwn(table, name) ? table[name] : undefined;
}
