/**
 * Runs one piece of work while the next one is prepared.
 *
 * @example
 * ```ts
 * import { Behind } from "./behind.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const done: number[] = [];
 * const behind = new Behind();
 * for (const item of [1, 2, 3]) {
 *   await behind.run(async () => {
 *     done.push(await Promise.resolve(item));
 *   });
 * }
 * await behind.end();
 * assertEquals(done, [1, 2, 3]);
 * ```
 */
export class Behind {
  #running: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;

  /**
   * Starts work as soon as the previous one has ended; resolves when it has started, or throws the
   * error of the previous one.
   */
  async run(work: () => Promise<void>): Promise<void> {
    await this.end();
    // Caught here, as nobody may be waiting for it yet.
    this.#running = work().catch((error) => {
      this.#failure = { error };
    });
  }

  /** Resolves when all work has ended, whether or not it failed. */
  settled(): Promise<void> {
    return this.#running;
  }

  /** Resolves when all work has ended; throws the error of the last one, once. */
  async end(): Promise<void> {
    await this.#running;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }
}
