/** The encodings of values; the numbers of the protocol. */
export const ENCODING = { v8: 1, le64: 2, bytes: 3 } as const;

/** The entry of a key. */
export interface Row {
  key: Uint8Array;
  value: Uint8Array;
  encoding: number;
  /** 10 bytes. */
  versionstamp: Uint8Array;
  /** Epoch ms, or 0 for never. */
  expiresAt: number;
}

/** A change of one key; `suffix` sets the key with the commit's versionstamp behind it. */
export interface Mutation {
  key: Uint8Array;
  type: "set" | "delete" | "sum" | "max" | "min" | "suffix";
  value: Uint8Array;
  encoding: number;
  expiresAt: number;
}

/** An invalid request from the client; answered with 400, or with 500 if denokv fails on it. */
export class KeyStoreError extends Error {
  override name = "KeyStoreError";
  constructor(message: string, readonly status = 400) {
    super(message);
  }
}

/** Expired entries stay readable for this time, as real stores remove them late. */
const LATE_MS = 60_000;

const U64 = 1n << 64n;

/** An ordered store of bytes by bytes, with checked writes. */
export class KeyStore {
  readonly #now: () => number;
  readonly #rows = new Map<string, Row>();
  /** The keys in order; one character to a byte, so that strings compare as bytes do. */
  readonly #order: string[] = [];
  readonly #listeners = new Set<() => void>();
  #version: bigint;

  constructor(now: () => number, version = 0n) {
    this.#now = now;
    this.#version = version;
  }

  get(key: Uint8Array): Row | null {
    return this.#live(text(key));
  }

  /** From `start`, up to and without `end`. */
  range(
    start: Uint8Array,
    end: Uint8Array,
    limit: number,
    reverse: boolean,
  ): Row[] {
    const from = this.#index(text(start));
    const to = this.#index(text(end));
    const rows: Row[] = [];
    for (let i = 0; i < to - from && rows.length < limit; i++) {
      const row = this.#live(this.#order[reverse ? to - 1 - i : from + i]!);
      if (row) rows.push(row);
    }
    return rows;
  }

  /**
   * Writes if every check holds; returns the indexes of the failed checks, or the new versionstamp.
   */
  write(
    checks: { key: Uint8Array; versionstamp: Uint8Array }[],
    mutations: Mutation[],
  ): { failed: number[] } | { versionstamp: Uint8Array } {
    const failed = checks.flatMap(({ key, versionstamp }, i) =>
      text(this.get(key)?.versionstamp ?? new Uint8Array()) ===
          text(versionstamp)
        ? []
        : [i]
    );
    if (failed.length > 0) return { failed };
    const versionstamp = new Uint8Array(10);
    new DataView(versionstamp.buffer).setBigUint64(0, this.#version + 1n);
    this.#version++;
    try {
      // As in denokv and in Deno's own store, the mutations before a failing one are stored.
      for (const one of mutations) this.#put(...this.#apply(one, versionstamp));
    } finally {
      for (const listener of this.#listeners) listener();
    }
    return { versionstamp };
  }

  /** Calls `listener` after every write; returns the function that removes it. */
  onWrite(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #apply(
    { key, type, value, encoding, expiresAt }: Mutation,
    versionstamp: Uint8Array,
  ): [string, Row | null] {
    const name = text(key);
    if (type === "delete") return [name, null];
    if (type === "set") {
      return [name, { key, value, encoding, versionstamp, expiresAt }];
    }
    if (type === "suffix") {
      // A text as encoded in keys: its type, its bytes, a terminator.
      const stamp = new TextEncoder().encode(`\x02${versionstamp.toHex()}\0`);
      const whole = new Uint8Array([...key, ...stamp]);
      const row = { key: whole, value, encoding, versionstamp, expiresAt };
      return [text(whole), row];
    }
    const before = this.#live(name);
    if (type === "sum" && encoding !== ENCODING.le64) {
      // denokv also sums other numbers, but these operands are not valid ones.
      throw new KeyStoreError("Some of the parameters are not valid V8 values");
    }
    const what = encoding !== ENCODING.le64
      ? "operand"
      : before && before.encoding !== ENCODING.le64
      ? "value in the database"
      : null;
    if (what !== null) {
      throw new KeyStoreError(
        `Failed to perform '${type}' mutation on a non-U64 ${what}`,
      );
    }
    const operand = u64(value);
    let result = operand;
    if (before) {
      const current = u64(before.value);
      if (type === "sum") result = (current + operand) % U64;
      else if (type === "max") result = current > operand ? current : operand;
      else result = current < operand ? current : operand;
    }
    const sum = new Uint8Array(8);
    new DataView(sum.buffer).setBigUint64(0, result, true);
    return [name, { key, value: sum, encoding, versionstamp, expiresAt: 0 }];
  }

  #put(name: string, row: Row | null): void {
    const at = this.#index(name);
    const isThere = this.#order[at] === name;
    if (row === null) {
      if (isThere) this.#order.splice(at, 1);
      this.#rows.delete(name);
      return;
    }
    if (!isThere) this.#order.splice(at, 0, name);
    this.#rows.set(name, row);
  }

  #live(name: string): Row | null {
    const row = this.#rows.get(name);
    const isOver = row && row.expiresAt > 0 &&
      row.expiresAt + LATE_MS <= this.#now();
    return row && !isOver ? row : null;
  }

  /** The index of a key, or where it would be inserted. */
  #index(name: string): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = low + high >> 1;
      if (this.#order[middle]! < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function u64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}
