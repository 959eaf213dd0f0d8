import { type Cidr, formatCidr, maskInto } from "../net/cidr.ts";
import type { AccessEntry } from "./access_entry.ts";
import { AddressTable } from "./address_table.ts";
import { PrefixHints } from "./prefix_hints.ts";

/** The entries of one family that share a prefix length. */
interface Layer {
  family: 4 | 6;
  prefix: number;
  table: AddressTable;
}

/** How many different texts are remembered to be shared by entries. */
const SHARED_TEXTS = 10_000;

/**
 * A list of addresses and ranges, compiled for look-ups: one hash table per prefix length in use.
 * What a look-up costs depends on how many prefix lengths there are and not on how many entries.
 *
 * Entries are kept in columns, not as objects, and name their address by their place in the table;
 * a million take about 60 MB.
 */
export class AccessList {
  /** By prefix, the longest first. */
  readonly #layers: { 4: Layer[]; 6: Layer[] } = { 4: [], 6: [] };
  readonly #byPrefix: { 4: Layer[]; 6: Layer[] } = { 4: [], 6: [] };
  readonly #hints = { 4: new PrefixHints(4), 6: new PrefixHints(6) };
  readonly #masked = new Int32Array(4);
  readonly #texts = new Map<string, string>();
  readonly #free: number[] = [];
  /** How many places of the columns are taken, or were. */
  #slots = 0;
  #reasons: string[] = [];
  #authors: string[] = [];
  #createdAt = new Float64Array(16);
  /** Infinity where an entry does not expire. */
  #expiresAt = new Float64Array(16);

  /** How many entries there are, expired ones that were not swept among them. */
  get size(): number {
    return this.#slots - this.#free.length;
  }

  /**
   * Makes room for so many entries of these prefix lengths in an empty list: grown step by step,
   * tables and columns leave twice as much behind.
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

  /** Adds an entry, or replaces that of the same range; `entry.ip_address` is not looked at. */
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
   * The narrowest entry that holds the address and has not expired at `now`, or null. Allocates
   * nothing unless it finds one.
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

  /** Frees the memory of what has expired at `now`; returns how many entries that were. */
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

  /** Of equal texts, only the first is kept in memory: KV reads a new one for every row. */
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
