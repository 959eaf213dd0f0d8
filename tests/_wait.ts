import { delay } from "../lib/base/delay.ts";

/** Anything slower than this has failed, even on a busy machine. */
const PATIENCE_MS = 20_000;

/**
 * Polls until the result is anything but null and false. Throws, naming `what`, if that does not
 * happen.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | null | false> | T | null | false,
): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    await delay(10);
  }
  throw new Error(`Waited in vain for ${what}`);
}
