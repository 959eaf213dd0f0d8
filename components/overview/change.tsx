import { useNumber } from "../ui/number.tsx";

/** The change of a number compared with the period before. */
export function Change(
  { value, before, period }: { value: number; before: number; period: string },
) {
  return <>{change(value, before, useNumber())} the {period} before</>;
}

function change(
  value: number,
  before: number,
  number: ReturnType<typeof useNumber>,
): string {
  if (before === 0) return value === 0 ? "as in" : "none in";
  const percent = Math.round((value - before) / before * 100);
  if (percent === 0) return "as many as in";
  return `${percent > 0 ? "+" : "−"}${
    number(Math.abs(percent) / 100, { style: "percent" })
  } on`;
}
