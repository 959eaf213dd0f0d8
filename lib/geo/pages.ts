/**
 * Bytes with random access. A result is valid until the next read.
 *
 * @example
 * ```ts
 * import type { Bytes } from "@portcullis/portcullis/guard";
 *
 * const file = new Uint8Array(1024);
 * const bytes: Bytes = {
 *   size: file.length,
 *   read: (at, length) => file.subarray(at, at + length),
 *   close: () => {},
 * };
 * ```
 */
export interface Bytes {
  /** The number of bytes. */
  size: number;
  /** Returns `length` bytes from an offset on; fewer at the end. */
  read(at: number, length: number): Uint8Array;
  /** Closes them. */
  close(): void;
}

/** Bytes in memory. */
export function inMemory(bytes: Uint8Array): Bytes {
  return {
    size: bytes.length,
    read: (at, length) => bytes.subarray(at, at + length),
    close: () => {},
  };
}

const PAGE = 4_096;

/**
 * A file whose most-used pages stay in memory. Reads are synchronous: a page in the system's cache
 * takes some microseconds, and reads are small.
 *
 * @throws {Deno.errors.NotFound | Deno.errors.NotCapable}
 */
export class PagedFile implements Bytes {
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #memory: Uint8Array;
  /** The memory slot of a page, by its number. */
  readonly #slots = new Map<number, number>();
  /** The page in a slot, and whether it was used since the clock hand last passed. */
  readonly #pages: Int32Array;
  readonly #used: Uint8Array;
  /** Buffer for reads across pages. */
  #joined = new Uint8Array(256);
  #hand = 0;
  #isClosed = false;

  /** @param slots How many pages of 4 KiB stay in memory. */
  constructor(path: string | URL, slots = 1_536) {
    this.#file = Deno.openSync(path);
    this.size = this.#file.statSync().size;
    this.#memory = new Uint8Array(slots * PAGE);
    this.#pages = new Int32Array(slots).fill(-1);
    this.#used = new Uint8Array(slots);
  }

  read(at: number, length: number): Uint8Array {
    const end = Math.min(at + length, this.size);
    if (at < 0 || at >= end) return this.#joined.subarray(0, 0);
    const page = Math.floor(at / PAGE);
    const offset = at - page * PAGE;
    if (offset + end - at <= PAGE) {
      const from = this.#slotOf(page) * PAGE + offset;
      return this.#memory.subarray(from, from + end - at);
    }
    if (this.#joined.length < end - at) {
      this.#joined = new Uint8Array(end - at);
    }
    for (let done = at; done < end;) {
      const next = Math.floor(done / PAGE);
      const start = done - next * PAGE;
      const count = Math.min(PAGE - start, end - done);
      const from = this.#slotOf(next) * PAGE + start;
      this.#joined.set(this.#memory.subarray(from, from + count), done - at);
      done += count;
    }
    return this.#joined.subarray(0, end - at);
  }

  close(): void {
    if (!this.#isClosed) this.#file.close();
    this.#isClosed = true;
  }

  #slotOf(page: number): number {
    const known = this.#slots.get(page);
    if (known !== undefined) {
      this.#used[known] = 1;
      return known;
    }
    // The clock hand replaces the first page that was not used since it last passed.
    while (this.#used[this.#hand] === 1) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#used.length;
    }
    const slot = this.#hand;
    this.#hand = (slot + 1) % this.#used.length;
    this.#slots.delete(this.#pages[slot]!);
    this.#pages[slot] = -1;
    this.#fill(page, this.#memory.subarray(slot * PAGE, (slot + 1) * PAGE));
    this.#slots.set(page, slot);
    this.#pages[slot] = page;
    return slot;
  }

  #fill(page: number, into: Uint8Array): void {
    this.#file.seekSync(page * PAGE, Deno.SeekMode.Start);
    const wanted = Math.min(PAGE, this.size - page * PAGE);
    for (let have = 0; have < wanted;) {
      const read = this.#file.readSync(into.subarray(have, wanted));
      if (read === null) throw new Error("The file has become shorter");
      have += read;
    }
  }
}
