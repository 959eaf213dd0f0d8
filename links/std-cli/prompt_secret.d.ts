/** Asks on the terminal without showing the input; null without a terminal. */
export function promptSecret(
  message?: string,
  options?: { mask?: string; clear?: boolean },
): string | null;
