import type { ComponentChildren } from "preact";
import { Num, useNumber } from "../ui/number.tsx";

/** A number that leads to what it counts, and how it has changed. */
export function Card(
  { href, label, value, options, children }: {
    href: string;
    label: string;
    value: number;
    options?: Intl.NumberFormatOptions;
    /** How it has changed. */
    children: ComponentChildren;
  },
) {
  return (
    <a class="card" href={href}>
      <span class="what">{label}</span>
      <strong>
        <Num value={value} options={options} />
      </strong>
      <span>{children}</span>
    </a>
  );
}

/** How a number of things compares with that of the period before. */
export function Change(
  { value, before, period }: { value: number; before: number; period: string },
) {
  return <>{change(value, before, useNumber())} the {period} before</>;
}

function change(
  value: number,
  before: number,
  number: (value: number) => string,
): string {
  if (before === 0) return value === 0 ? "as in" : "none in";
  const percent = Math.round((value - before) / before * 100);
  if (percent === 0) return "as many as in";
  return `${percent > 0 ? "+" : "−"}${number(Math.abs(percent))} % on`;
}

/** How a share (0 to 1) compares with that of the period before. */
export function ShareChange(
  { value, before, period }: { value: number; before: number; period: string },
) {
  const number = useNumber();
  const points = Math.round((value - before) * 1_000) / 10;
  if (points === 0) return <>as in the {period} before</>;
  const sign = points > 0 ? "+" : "−";
  const by = `${sign}${number(Math.abs(points))}`;
  return <>{by} points on the {period} before</>;
}
