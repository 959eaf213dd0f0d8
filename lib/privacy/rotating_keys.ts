import { write } from "../store/retry.ts";

/** A key as it is stored. */
interface StoredKey {
  key: Uint8Array;
  /** When it has to be forgotten, in milliseconds since the epoch. */
  expires_at: number;
}

/** A key that is held, and from when on it was the current one. */
export interface HeldKey {
  /** Start of its period, in milliseconds since the epoch. */
  start: number;
  key: Uint8Array;
  expires_at: number;
}

/** What {@linkcode RotatingKeys} are made of. */
export interface RotatingKeysOptions {
  kv: Deno.Kv;
  now: () => number;
  /** How long a key is the current one, in milliseconds. */
  periodMs: number;
  /** How long it is held after that. */
  heldMs: number;
  /** Where the key of a period lies, by the period's start. */
  keyOf: (start: number) => Deno.KvKey;
  all: Deno.KvKey;
}

/**
 * Random keys of 256 bits that change with the clock, the same for all processes on a store. None
 * can be derived from another, so hashes made with a key cannot be attributed after it is deleted.
 */
export class RotatingKeys {
  readonly #options: RotatingKeysOptions;
  /** The latest first. */
  #held: HeldKey[] = [];
  #current: HeldKey | null = null;

  constructor(options: RotatingKeysOptions) {
    this.#options = options;
  }

  /** Makes sure that the current key is loaded; reads the store once a period. */
  async ready(): Promise<void> {
    const { now, periodMs } = this.#options;
    const start = Math.floor(now() / periodMs) * periodMs;
    if (this.#current?.start !== start) await this.load();
  }

  /** Reads the keys that are held, and makes the current one where no process has. */
  async load(): Promise<void> {
    const { kv, now, periodMs, heldMs, keyOf, all } = this.#options;
    const at = now();
    const start = Math.floor(at / periodMs) * periodMs;
    const place = keyOf(start);
    const fresh: StoredKey = {
      key: crypto.getRandomValues(new Uint8Array(32)),
      expires_at: start + periodMs + heldMs,
    };
    const held: HeldKey[] = [];
    const read = async () => {
      held.length = 0;
      const entries = kv.list<StoredKey>({ prefix: all }, { reverse: true });
      for await (const { key, value } of entries) {
        if (value.expires_at > at) {
          held.push({ start: key.at(-1) as number, ...value });
        }
      }
      return held.find((each) => each.start === start);
    };
    let current = await read();
    if (current === undefined) {
      // Of several processes one makes it; none uses a key that is not stored.
      await write(async () => {
        const { value, versionstamp } = await kv.get<StoredKey>(place);
        if (value !== null && value.expires_at > at) return { ok: true };
        return await kv.atomic().check({ key: place, versionstamp })
          .set(place, fresh, { expireIn: fresh.expires_at - at }).commit();
      });
      current = await read();
    }
    if (current === undefined) {
      throw new Error("Cannot store a key");
    }
    this.#held = held;
    this.#current = current;
  }

  /** The current key, as of the last {@linkcode ready}. */
  get current(): HeldKey {
    if (this.#current === null) throw new Error("Unreachable: no key is ready");
    return this.#current;
  }

  /** The keys that are held, the latest first. */
  get held(): HeldKey[] {
    const at = this.#options.now();
    return this.#held.filter(({ expires_at }) => expires_at > at);
  }
}
