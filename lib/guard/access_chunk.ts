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
  /** IPv4 as it is, 0 to 32; IPv6 as 64 more, 64 to 192. */
  prefixes: Uint8Array;
  /** One word per IPv4 range, four per IPv6 range, one after the other. */
  words: Int32Array;
  /** Numbers of `texts`. */
  reasons: Uint16Array;
  authors: Uint16Array;
  createdAt: Float64Array;
  /** Infinity where an entry does not expire. */
  expiresAt: Float64Array;
  texts: string[];
}

/** A KV value holds 64 KiB; an entry takes up to 37 bytes of numbers. */
const MAX_BYTES = 56 * 1_024;
const BYTES_PER_ENTRY = 37;
const IPV6 = 64;

/** Gathers entries until a chunk is full. */
export class ChunkPacker {
  #entries: AccessEntry[] = [];
  #texts = new Map<string, number>();
  #bytes = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** False where the chunk has no room for the entry any more. */
  add(entry: AccessEntry): boolean {
    let bytes = BYTES_PER_ENTRY;
    for (const text of [entry.reason, entry.created_by]) {
      if (!this.#texts.has(text)) bytes += 2 * text.length + 8;
    }
    if (this.#bytes + bytes > MAX_BYTES && this.size > 0) return false;
    this.#bytes += bytes;
    this.#entries.push(entry);
    this.#number(entry.reason);
    this.#number(entry.created_by);
    return true;
  }

  /** The chunk of what was gathered; begins anew. */
  take(): AccessChunk {
    const entries = this.#entries;
    const ranges = entries.map(({ ip_address }) => parseCidr(ip_address));
    const chunk: AccessChunk = {
      prefixes: Uint8Array.from(
        ranges,
        ({ family, prefix }) => family === 4 ? prefix : IPV6 + prefix,
      ),
      words: Int32Array.from(
        ranges.flatMap(({ family, words }) =>
          family === 4 ? words[0]! : [...words]
        ),
      ),
      reasons: Uint16Array.from(
        entries,
        ({ reason }) => this.#number(reason),
      ),
      authors: Uint16Array.from(
        entries,
        ({ created_by }) => this.#number(created_by),
      ),
      createdAt: Float64Array.from(entries, ({ created_at }) => created_at),
      expiresAt: Float64Array.from(
        entries,
        ({ expires_at }) => expires_at ?? Infinity,
      ),
      texts: [...this.#texts.keys()],
    };
    this.#entries = [];
    this.#texts = new Map();
    this.#bytes = 0;
    return chunk;
  }

  #number(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, this.#texts.size);
    return this.#texts.size - 1;
  }
}

/** How many entries a chunk holds, expired ones too. */
export function chunkSize({ prefixes }: AccessChunk): number {
  return prefixes.length;
}

/**
 * Calls `visit` with the entries of a chunk that live at `now`. The range is one object that the
 * next entry overwrites.
 */
export function unpack(
  chunk: AccessChunk,
  now: number,
  visit: (range: Cidr, entry: Omit<AccessEntry, "ip_address">) => void,
): void {
  const { prefixes, words, reasons, authors, texts, createdAt, expiresAt } =
    chunk;
  const range = { family: 4 as 4 | 6, words: new Int32Array(4), prefix: 0 };
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
    const end = expiresAt[index]!;
    if (end <= now) continue;
    visit(range, {
      reason: texts[reasons[index]!]!,
      created_by: texts[authors[index]!]!,
      created_at: createdAt[index]!,
      expires_at: end === Infinity ? null : end,
    });
  }
}
