import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { DEFAULT_LOCALE } from "../../lib/http/locale.ts";

/** The language whose way of writing numbers the reader knows. */
export const Locale = createContext(DEFAULT_LOCALE);

/** Writes numbers as the reader does; for texts that are not elements. */
export function useNumber(): (
  value: number,
  options?: Intl.NumberFormatOptions,
) => string {
  const locale = useContext(Locale);
  return (value, options) => value.toLocaleString(locale, options);
}

/** A number, written as the reader does. */
export function Num(
  { value, options }: { value: number; options?: Intl.NumberFormatOptions },
) {
  return <>{useNumber()(value, options)}</>;
}
