/**
 * Runs work on every item, on `count` at once. If one fails, no more are started; it rejects with
 * that error after those in progress have ended.
 *
 * A remote store handles successive writes slowly (TCP waits for a reply before it sends the rest
 * of a request), and several at once as fast as one.
 *
 * @example
 * ```ts
 * import { atOnce } from "./at_once.ts";
 *
 * const lengths: number[] = [];
 * await atOnce(["a", "bb", "ccc"], 2, async (text) => {
 *   lengths.push(await Promise.resolve(text.length));
 * });
 * ```
 */
export async function atOnce<T>(
  items: Iterable<T>,
  count: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const work = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next; !failed && !(next = work.next()).done;) {
      try {
        await run(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: count }, worker);
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
