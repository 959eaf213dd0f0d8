/** How long another process's numbers of open requests are valid. */
const FRESH_MS = 3_000;

/**
 * How many requests of a subject are open, in this process and, as of the last second, in others.
 * Numbers of another process are valid for three seconds, as a killed one would keep its slots
 * forever.
 */
export class AtOnce {
  readonly id: string;
  readonly max: number;
  readonly #open = new Map<string, number>();
  readonly #elsewhere = new Map<
    string,
    { at: number; open: Map<string, number> }
  >();

  constructor(id: string, max: number) {
    this.id = id;
    this.max = max;
  }

  /** Takes a slot, to be released by {@linkcode leave}; false if none is free. */
  enter(name: string, now: number): boolean {
    const here = this.#open.get(name) ?? 0;
    if (here + this.#others(name, now) >= this.max) return false;
    this.#open.set(name, here + 1);
    return true;
  }

  leave(name: string): void {
    const here = (this.#open.get(name) ?? 0) - 1;
    if (here > 0) this.#open.set(name, here);
    else this.#open.delete(name);
  }

  /** How many slots are taken. */
  taken(name: string, now: number): number {
    return (this.#open.get(name) ?? 0) + this.#others(name, now);
  }

  /** The numbers for other processes. */
  open(): [name: string, count: number][] {
    return [...this.#open];
  }

  /** Sets the numbers of another process. */
  hear(
    writer: string,
    open: readonly [name: string, count: number][],
    now: number,
  ): void {
    this.#elsewhere.set(writer, { at: now, open: new Map(open) });
  }

  #others(name: string, now: number): number {
    let sum = 0;
    for (const [writer, { at, open }] of this.#elsewhere) {
      if (now - at > FRESH_MS) this.#elsewhere.delete(writer);
      else sum += open.get(name) ?? 0;
    }
    return sum;
  }
}
