import { type Cidr, cidrOf, formatCidr } from "./cidr.ts";

/**
 * Ranges that must not overlap with another. The cost of a look-up depends on the number of prefix
 * lengths, not of ranges, so that two long lists can be compared.
 */
export class RangeFence {
  readonly #ranges: Record<4 | 6, Cidr[]> = { 4: [], 6: [] };
  /** By family and prefix, the ranges of that prefix. */
  readonly #wide = new Map<string, Map<string, Cidr>>();
  /** By family and prefix, a narrower range in each range of that prefix that contains one. */
  readonly #narrow = new Map<string, Map<string, Cidr>>();

  constructor(ranges: Iterable<Cidr>) {
    for (const range of ranges) {
      this.#ranges[range.family].push(range);
      const name = `${range.family}/${range.prefix}`;
      let same = this.#wide.get(name);
      if (!same) this.#wide.set(name, same = new Map());
      same.set(formatCidr(range), range);
    }
  }

  /** One of the ranges that overlaps with this one, or null. */
  touching(range: Cidr): Cidr | null {
    const { family, prefix } = range;
    if (this.#ranges[family].length === 0) return null;
    for (const [name, same] of this.#wide) {
      const wide = Number(name.slice(2));
      if (!name.startsWith(`${family}/`) || wide > prefix) continue;
      const found = same.get(formatCidr(cidrOf(range, wide)));
      if (found) return found;
    }
    return this.#within(family, prefix).get(formatCidr(range)) ?? null;
  }

  #within(family: 4 | 6, prefix: number): Map<string, Cidr> {
    const name = `${family}/${prefix}`;
    let found = this.#narrow.get(name);
    if (!found) {
      found = new Map();
      for (const range of this.#ranges[family]) {
        if (range.prefix <= prefix) continue;
        found.set(formatCidr(cidrOf(range, prefix)), range);
      }
      this.#narrow.set(name, found);
    }
    return found;
  }
}
