/** Number of shades for values above zero. */
export const SHADES = 5;

/**
 * The shade of a number between zero and the maximum: 0 for zero, 1 to {@linkcode SHADES}
 * otherwise. By the square root, as one country often has more than all others together.
 */
export function shadeOf(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  if (value >= most) return SHADES;
  return Math.ceil(Math.sqrt(value / most) * SHADES);
}

/** The smallest whole number of each shade, in order; unused shades are left out. */
export function shadeSteps(most: number): { shade: number; from: number }[] {
  const steps: { shade: number; from: number }[] = [];
  for (let shade = 1; shade <= SHADES; shade++) {
    const from = Math.floor(((shade - 1) / SHADES) ** 2 * most) + 1;
    const least = steps.at(-1);
    if (from > most) break;
    if (least && least.from === from) least.shade = shade;
    else steps.push({ shade, from });
  }
  return steps;
}
