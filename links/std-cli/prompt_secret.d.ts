/** Asks on the terminal without showing what is typed; null where there is no terminal. */
export function promptSecret(
  message?: string,
  options?: { mask?: string; clear?: boolean },
): string | null;
