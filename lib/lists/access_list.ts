import { type Cidr, formatCidr, maskInto } from "../net/cidr.ts";
import type { AccessEntry } from "./access_entry.ts";
import { AddressTable } from "./address_table.ts";
import { PrefixHints } from "./prefix_hints.ts";

/** The entries of one family with the same prefix length. */
interface Layer {
  family: 4 | 6;
  prefix: number;
  table: AddressTable;
}

/** Number of distinct texts kept to be shared by entries. */
const SHARED_TEXTS = 10_000;

/**
 * A list of addresses and ranges, compiled for lookups: one hash table per prefix length in use.
 * The cost of a lookup depends on the number of prefix lengths, not of entries.
 *
 * Entries are kept in columns, not as objects, and refer to their address by its index in the
 * table; a million take about 60 MB.
 */
export class AccessList {
  /** By prefix, longest first. */
  readonly #layers: { 4: Layer[]; 6: Layer[] } = { 4: [], 6: [] };
  readonly #byPrefix: { 4: Layer[]; 6: Layer[] } = { 4: [], 6: [] };
  readonly #hints = { 4: new PrefixHints(4), 6: new PrefixHints(6) };
  readonly #masked = new Int32Array(4);
  readonly #texts = new Map<string, string>();
  readonly #free: number[] = [];
  /** Number of column slots in use, or used before. */
  #slots = 0;
  #reasons: string[] = [];
  #authors: string[] = [];
  #createdAt = new Float64Array(16);
  /** Infinity if an entry does not expire. */
  #expiresAt = new Float64Array(16);

  /** Number of entries, including expired ones that were not swept yet. */
  get size(): number {
    return this.#slots - this.#free.length;
  }

  /**
   * Reserves room for these numbers of entries per prefix length in an empty list: tables and
   * columns grown step by step leave twice as much garbage.
   */
  reserve(layers: Iterable<readonly [4 | 6, number, number]>): void {
    let all = 0;
    for (const [family, prefix, entries] of layers) {
      this.#addLayer({ family, prefix }, entries);
      all += entries;
    }
    this.#resize(all);
    this.#reasons = new Array(all).fill("");
    this.#authors = new Array(all).fill("");
  }

  /** Adds an entry, or replaces that of the same range; `entry.ip_address` is ignored. */
  set(range: Cidr, entry: Omit<AccessEntry, "ip_address">): void {
    const { table } = this.#layer(range) ?? this.#addLayer(range);
    let slot = table.get(range.words);
    if (slot < 0) {
      slot = this.#free.pop() ?? this.#slots++;
      table.set(range.words, slot);
      this.#hints[range.family].add(range.words, range.prefix);
      if (slot >= this.#createdAt.length) this.#resize(slot * 2);
    }
    this.#reasons[slot] = this.#shared(entry.reason);
    this.#authors[slot] = this.#shared(entry.created_by);
    this.#createdAt[slot] = entry.created_at;
    this.#expiresAt[slot] = entry.expires_at ?? Infinity;
  }

  /** Removes the entry of exactly this range; false if there is none. */
  delete(range: Cidr): boolean {
    const layer = this.#layer(range);
    const slot = layer ? layer.table.delete(range.words) : -1;
    if (slot < 0) return false;
    this.#release(slot);
    if (layer!.table.size === 0) this.#dropLayer(layer!);
    return true;
  }

  /** The entry of exactly this range, expired or not. */
  get(range: Cidr): AccessEntry | null {
    const slot = this.#layer(range)?.table.get(range.words) ?? -1;
    return slot < 0 ? null : this.#entry(range, slot);
  }

  /**
   * The narrowest live entry at `now` that contains the address, or null. Allocates nothing unless
   * it finds one.
   */
  match(family: 4 | 6, words: Int32Array, now: number): AccessEntry | null {
    const layers = this.#layers[family];
    const hints = this.#hints[family];
    const near = hints.slot(words);
    for (let i = 0; i < layers.length; i++) {
      const { prefix, table } = layers[i]!;
      if (!hints.has(near, prefix)) continue;
      maskInto(words, prefix, this.#masked);
      const slot = table.get(this.#masked);
      if (slot >= 0 && now < this.#expiresAt[slot]!) {
        return this.#entry({ family, words: this.#masked, prefix }, slot);
      }
    }
    return null;
  }

  /** Frees the memory of entries expired at `now`; returns their number. */
  sweep(now: number): number {
    const expired: Cidr[] = [];
    for (const { family, prefix, table } of this.#allLayers()) {
      table.forEach((words, slot) => {
        if (now >= this.#expiresAt[slot]!) {
          expired.push({ family, words: words.slice(), prefix });
        }
      });
    }
    for (const range of expired) this.delete(range);
    return expired.length;
  }

  #entry(range: Cidr, slot: number): AccessEntry {
    const expiresAt = this.#expiresAt[slot]!;
    return {
      ip_address: formatCidr(range),
      reason: this.#reasons[slot]!,
      created_at: this.#createdAt[slot]!,
      created_by: this.#authors[slot]!,
      expires_at: expiresAt === Infinity ? null : expiresAt,
    };
  }

  #allLayers(): Layer[] {
    return [...this.#layers[4], ...this.#layers[6]];
  }

  #layer({ family, prefix }: Cidr): Layer | undefined {
    return this.#byPrefix[family][prefix];
  }

  #addLayer(
    { family, prefix }: Pick<Cidr, "family" | "prefix">,
    entries = 0,
  ): Layer {
    const table = new AddressTable(family === 4 ? 1 : 4, entries);
    const layer = { family, prefix, table };
    this.#layers[family].push(layer);
    this.#layers[family].sort((a, b) => b.prefix - a.prefix);
    this.#byPrefix[family][prefix] = layer;
    return layer;
  }

  #dropLayer(layer: Layer): void {
    const layers = this.#layers[layer.family];
    layers.splice(layers.indexOf(layer), 1);
    delete this.#byPrefix[layer.family][layer.prefix];
  }

  #resize(length: number): void {
    this.#createdAt = resized(this.#createdAt, Math.max(length, 16));
    this.#expiresAt = resized(this.#expiresAt, Math.max(length, 16));
  }

  #release(slot: number): void {
    this.#free.push(slot);
    this.#reasons[slot] = this.#authors[slot] = "";
  }

  /** Keeps only the first of equal texts in memory: KV creates a new one for every row. */
  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= SHARED_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}

function resized(
  column: Float64Array,
  length: number,
): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(column);
  return larger;
}
