/** A seeded generator (mulberry32): 100,000 cases in a second, and the same ones in every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to below `n`. */
  int(n: number): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let t = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return Math.floor(((t ^ t >>> 14) >>> 0) / 2 ** 32 * n);
  }

  chance(p: number): boolean {
    return this.int(1_000_000) < p * 1_000_000;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)]!;
  }

  ipv4(): string {
    return Array.from({ length: 4 }, () => this.octet()).join(".");
  }

  /** Any legal notation of an IPv6 address: upper case, leading zeros, `::`, dotted tail. */
  ipv6(): string {
    const dotted = this.chance(0.15);
    const total = dotted ? 6 : 8;
    const gap = this.chance(0.5);
    const count = gap ? this.int(total) : total;
    const at = this.int(count + 1);
    const groups = Array.from({ length: count }, () => this.group());
    const tail = dotted ? [this.ipv4()] : [];
    if (!gap) return [...groups, ...tail].join(":");
    return `${groups.slice(0, at).join(":")}::${
      [...groups.slice(at), ...tail].join(":")
    }`;
  }

  ip(): string {
    const kind = this.int(10);
    if (kind < 5) return this.ipv4();
    if (kind === 5) return `::ffff:${this.ipv4()}`;
    if (kind === 6) return `64:ff9b::${this.ipv4()}`;
    return this.ipv6();
  }

  octet(): number {
    return this.chance(0.3) ? this.pick([0, 1, 10, 127, 255]) : this.int(256);
  }

  group(): string {
    if (this.chance(0.4)) return this.pick(["0", "0000", "1", "ffff", "db8"]);
    let text = this.int(0x10000).toString(16);
    if (this.chance(0.2)) text = text.padStart(4, "0");
    return this.chance(0.2) ? text.toUpperCase() : text;
  }
}
