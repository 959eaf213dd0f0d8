import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { DEFAULT_LOCALE } from "../../lib/http/locale.ts";

/** The locale of the reader's numbers. */
export const Locale = createContext(DEFAULT_LOCALE);

/** Formats numbers in the reader's locale; for texts outside of elements. */
export function useNumber(): (
  value: number,
  options?: Intl.NumberFormatOptions,
) => string {
  const locale = useContext(Locale);
  return (value, options) => value.toLocaleString(locale, options);
}

/** A number in the reader's locale. */
export function Num(
  { value, options }: { value: number; options?: Intl.NumberFormatOptions },
) {
  return <>{useNumber()(value, options)}</>;
}
