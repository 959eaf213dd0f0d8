import type { FieldReader } from "./request_view.ts";

/** Fields as they were received, alternating names and values, read without a copy. */
export class RawFields implements FieldReader {
  readonly #isLower: boolean;

  /** @param isLower Whether all names are in lower case. */
  constructor(readonly list: readonly string[], isLower = false) {
    this.#isLower = isLower;
  }

  /** A field's value; several lines are joined as in RFC 9110, section 5.3. */
  get(name: string): string | null {
    const { list } = this;
    let value: string | null = null;
    for (let i = 0; i + 1 < list.length; i += 2) {
      const each = list[i]!;
      if (each.length !== name.length) continue;
      if (each !== name && (this.#isLower || each.toLowerCase() !== name)) {
        continue;
      }
      const next = list[i + 1]!;
      if (value === null) value = next;
      else value += `${name === "cookie" ? "; " : ", "}${next}`;
    }
    return value;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i + 1 < this.list.length; i += 2) {
      yield [this.list[i]!.toLowerCase(), this.list[i + 1]!];
    }
  }
}
