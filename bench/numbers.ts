/** The value below which `share` of the numbers are; NaN if there are none. */
export function quantile(numbers: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

/** The median. */
export function median(numbers: ArrayLike<number>): number {
  return quantile(numbers, 0.5);
}

/** Half the distance between the quartiles. */
export function spread(numbers: ArrayLike<number>): number {
  return (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / 2;
}

/** A number with about three significant digits and thousands separators. */
export function short(value: number): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100
    ? 0
    : Math.min(4, 2 - Math.floor(Math.log10(size)));
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
