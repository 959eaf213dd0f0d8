import { deadline } from "../base/delay.ts";
import { write } from "../store/retry.ts";
import type { ReadEntry } from "./read.ts";

/** KV takes 1,000 mutations, 800 KiB and 80 KiB of keys in one commit. */
const MAX_MUTATIONS = 500;
const MAX_BYTES = 500_000;
const MAX_KEY_BYTES = 50_000;
/** How long a commit may take, in ms; KV Connect's client waits for ever for a dead server. */
const ANSWER_MS = 30_000;

/** Mutations that are committed as many at once as KV takes, and a few fewer. */
export class Batch {
  readonly #kv: Deno.Kv;
  readonly #beside?: (commit: Deno.AtomicOperation) => void;
  #pending: ((commit: Deno.AtomicOperation) => void)[] = [];
  #bytes = 0;
  #keyBytes = 0;

  /** @param beside Added to every commit. */
  constructor(kv: Deno.Kv, beside?: (commit: Deno.AtomicOperation) => void) {
    this.#kv = kv;
    this.#beside = beside;
  }

  /**
   * @param entry With at least as many bytes as the store makes of its value.
   * @param expireIn In milliseconds.
   */
  set({ key, value, bytes }: ReadEntry, expireIn?: number): Promise<void> {
    return this.#add(key, bytes, (commit) =>
      commit.set(
        key,
        value,
        expireIn === undefined ? {} : { expireIn },
      ));
  }

  delete(key: Deno.KvKey): Promise<void> {
    return this.#add(key, 0, (commit) => commit.delete(key));
  }

  async commit(): Promise<void> {
    if (this.#pending.length === 0) return;
    const all = write(() => {
      const commit = this.#kv.atomic();
      for (const add of this.#pending) add(commit);
      this.#beside?.(commit);
      return commit.commit();
    });
    await deadline(all, ANSWER_MS);
    this.#pending = [];
    this.#bytes = this.#keyBytes = 0;
  }

  async #add(
    key: Deno.KvKey,
    bytes: number,
    add: (commit: Deno.AtomicOperation) => void,
  ): Promise<void> {
    const keyBytes = sizeOf(key);
    if (
      this.#pending.length >= MAX_MUTATIONS ||
      this.#bytes + bytes + keyBytes > MAX_BYTES ||
      this.#keyBytes + keyBytes > MAX_KEY_BYTES
    ) await this.commit();
    this.#pending.push(add);
    this.#bytes += bytes + keyBytes;
    this.#keyBytes += keyBytes;
  }
}

/** At least as many bytes as KV's encoding of a key has. */
function sizeOf(key: Deno.KvKey): number {
  return key.reduce<number>((sum, part) => {
    if (typeof part === "string") return sum + 2 + 3 * part.length;
    if (typeof part === "bigint") return sum + 4 + part.toString(16).length;
    return sum + 10 + (part instanceof Uint8Array ? 2 * part.length : 0);
  }, 0);
}
