/**
 * Many list entries in one KV value. Read row by row, a million entries cost a million objects and
 * the time of as many rows; in chunks they are a few hundred values of numbers.
 *
 * @module
 */
import { type Cidr, parseCidr } from "../net/cidr.ts";
import type { AccessEntry } from "./access_entry.ts";

/** The value of one chunk: columns, one place per entry. */
export interface AccessChunk {
  /** IPv4: 0 to 32; IPv6: 64 is added, 64 to 192. */
  prefixes: Uint8Array;
  /** One word per IPv4 range, four per IPv6 range, one after the other. */
  words: Int32Array;
  /** Indexes into `texts`. */
  reasons: Uint16Array;
  authors: Uint16Array;
  /** Indexes into `times`. */
  createdAt: Uint16Array;
  expiresAt: Uint16Array;
  texts: string[];
  /** Epoch ms; Infinity if an entry does not expire. */
  times: Float64Array;
}

/** A KV value holds 64 KiB; an entry takes up to 25 bytes of numbers. */
const MAX_BYTES = 56 * 1_024;
const BYTES_PER_ENTRY = 25;
const IPV6 = 64;

/** Collects entries until a chunk is full. */
export class ChunkPacker {
  #entries: AccessEntry[] = [];
  #texts = new Numbers<string>();
  #times = new Numbers<number>();
  #bytes = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** False if the chunk has no room for the entry. */
  add(entry: AccessEntry): boolean {
    const { reason, created_by, created_at } = entry;
    let bytes = BYTES_PER_ENTRY;
    for (const text of [reason, created_by]) {
      if (!this.#texts.has(text)) bytes += 2 * text.length + 8;
    }
    for (const time of [created_at, endOf(entry)]) {
      if (!this.#times.has(time)) bytes += 8;
    }
    if (this.#bytes + bytes > MAX_BYTES && this.size > 0) return false;
    this.#bytes += bytes;
    this.#entries.push(entry);
    this.#texts.of(reason);
    this.#texts.of(created_by);
    this.#times.of(created_at);
    this.#times.of(endOf(entry));
    return true;
  }

  /** Returns the chunk of the collected entries and starts a new one. */
  take(): AccessChunk {
    const entries = this.#entries;
    const texts = this.#texts;
    const times = this.#times;
    const ranges = entries.map(({ ip_address }) => parseCidr(ip_address));
    this.#entries = [];
    this.#texts = new Numbers();
    this.#times = new Numbers();
    this.#bytes = 0;
    return {
      prefixes: Uint8Array.from(
        ranges,
        ({ family, prefix }) => family === 4 ? prefix : IPV6 + prefix,
      ),
      words: Int32Array.from(
        ranges.flatMap(({ family, words }) =>
          family === 4 ? words[0]! : [...words]
        ),
      ),
      reasons: Uint16Array.from(entries, ({ reason }) => texts.of(reason)),
      authors: Uint16Array.from(
        entries,
        ({ created_by }) => texts.of(created_by),
      ),
      createdAt: Uint16Array.from(
        entries,
        ({ created_at }) => times.of(created_at),
      ),
      expiresAt: Uint16Array.from(entries, (entry) => times.of(endOf(entry))),
      texts: [...texts],
      times: Float64Array.from(times),
    };
  }
}

function endOf({ expires_at }: AccessEntry): number {
  return expires_at ?? Infinity;
}

/** Numbers distinct values in the order in which they are added. */
class Numbers<T> {
  readonly #numbers = new Map<T, number>();

  has(value: T): boolean {
    return this.#numbers.has(value);
  }

  of(value: T): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(value, number);
    }
    return number;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#numbers.keys();
  }
}

/** How many entries a chunk holds, expired ones too. */
export function chunkSize({ prefixes }: AccessChunk): number {
  return prefixes.length;
}

/** Adds the numbers of entries of each family and prefix to `counts`. */
export function countLayers(
  { prefixes }: AccessChunk,
  counts: [family: 4 | 6, prefix: number, entries: number][],
): void {
  for (const code of prefixes) {
    const family = code < IPV6 ? 4 : 6;
    const prefix = code < IPV6 ? code : code - IPV6;
    const count = counts.find((each) =>
      each[0] === family && each[1] === prefix
    );
    if (count) count[2]++;
    else counts.push([family, prefix, 1]);
  }
}

/**
 * Calls `visit` with the entries of a chunk that are live at `now`. Range and entry are objects
 * that the next call overwrites.
 */
export function unpack(
  chunk: AccessChunk,
  now: number,
  visit: (range: Cidr, entry: Omit<AccessEntry, "ip_address">) => void,
): void {
  const { prefixes, words, reasons, authors, texts, times } = chunk;
  const range = { family: 4 as 4 | 6, words: new Int32Array(4), prefix: 0 };
  const entry: Omit<AccessEntry, "ip_address"> = {
    reason: "",
    created_by: "",
    created_at: 0,
    expires_at: null,
  };
  for (let index = 0, at = 0; index < prefixes.length; index++) {
    const prefix = prefixes[index]!;
    range.family = prefix < IPV6 ? 4 : 6;
    range.prefix = prefix < IPV6 ? prefix : prefix - IPV6;
    const width = range.family === 4 ? 1 : 4;
    range.words.fill(0);
    for (let word = 0; word < width; word++) {
      range.words[word] = words[at + word]!;
    }
    at += width;
    const end = times[chunk.expiresAt[index]!]!;
    if (end <= now) continue;
    entry.reason = texts[reasons[index]!]!;
    entry.created_by = texts[authors[index]!]!;
    entry.created_at = times[chunk.createdAt[index]!]!;
    entry.expires_at = end === Infinity ? null : end;
    visit(range, entry);
  }
}
