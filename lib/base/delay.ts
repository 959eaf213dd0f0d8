/** Resolves after `ms` milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Thrown by {@linkcode deadline}. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/**
 * The result of `promise`, or a {@linkcode DeadlineError} after `ms`. The remote KV client waits
 * without limit for a server that died, so everything that a visitor waits for has a deadline.
 */
export function deadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DeadlineError(`No answer within ${ms} ms`)),
      ms,
    );
  });
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}
