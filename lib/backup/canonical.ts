import { Buffer } from "node:buffer";
import type { BackupEntry } from "./format.ts";

const encoder = new TextEncoder();

/**
 * An entry as bytes that are the same for the same key and value. What V8 makes of a value is not:
 * it writes the number of a property as an integer or a double after what other objects of the same
 * shape held before.
 *
 * @throws {TypeError} for what KV cannot hold.
 */
export class Canonical {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #used = 0;
  readonly #seen = new Map<object, number>();

  /** A view that holds until the next call. */
  encode({ key, value }: BackupEntry): Uint8Array {
    this.#used = 0;
    this.#seen.clear();
    this.#list("k", key);
    this.#value(value);
    return this.#bytes.subarray(0, this.#used);
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#text("s", value);
      case "number":
        return this.#number("n", value);
      case "bigint":
        return this.#text("i", value.toString(16));
      case "object":
        return value === null ? this.#tag("0") : this.#object(value);
      case "boolean":
        return this.#tag(value ? "t" : "f");
      case "undefined":
        return this.#tag("u");
    }
    throw new TypeError(`Cannot compare a ${typeof value}`);
  }

  #object(value: object): void {
    const before = this.#seen.get(value);
    if (before !== undefined) return this.#number("r", before);
    this.#seen.set(value, this.#seen.size);
    if (Array.isArray(value)) return this.#array(value);
    if (value instanceof Deno.KvU64) {
      return this.#text("U", value.value.toString(16));
    }
    if (ArrayBuffer.isView(value)) {
      this.#text("V", Object.prototype.toString.call(value));
      return this.#raw(
        new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
      );
    }
    if (value instanceof ArrayBuffer) {
      this.#tag("B");
      return this.#raw(new Uint8Array(value));
    }
    if (value instanceof Date) return this.#number("D", value.getTime());
    if (value instanceof RegExp) return this.#text("R", String(value));
    if (value instanceof Map) return this.#list("M", [...value].flat());
    if (value instanceof Set) return this.#list("S", [...value]);
    if (value instanceof Error) {
      return this.#list("E", [value.name, value.message, value.stack]);
    }
    if (
      value instanceof Number || value instanceof String ||
      value instanceof Boolean || value instanceof BigInt
    ) return this.#list("P", [value.valueOf()]);
    this.#record("O", Object.entries(value));
  }

  /** A hole is not `undefined`, and an array can have properties of other names. */
  #array(value: unknown[]): void {
    const entries = Object.entries(value);
    if (entries.length === value.length && !hasOtherNames(entries)) {
      return this.#list("A", value);
    }
    this.#number("H", value.length);
    this.#record("O", entries);
  }

  #record(tag: string, entries: [string, unknown][]): void {
    this.#number(tag, entries.length);
    for (const [name, value] of entries) {
      this.#text("s", name);
      this.#value(value);
    }
  }

  #list(tag: string, values: readonly unknown[]): void {
    this.#number(tag, values.length);
    for (const value of values) this.#value(value);
  }

  #tag(tag: string): void {
    this.#room(1);
    this.#bytes[this.#used++] = tag.charCodeAt(0);
  }

  #number(tag: string, value: number): void {
    this.#tag(tag);
    this.#room(8);
    this.#used = this.#bytes.writeDoubleLE(value, this.#used);
  }

  #text(tag: string, text: string): void {
    if (text.isWellFormed()) {
      this.#number(tag, text.length);
      this.#room(3 * text.length);
      const rest = this.#bytes.subarray(this.#used);
      this.#used += encoder.encodeInto(text, rest).written;
      return;
    }
    // UTF-8 has the same bytes for all halves of surrogate pairs.
    this.#tag("~");
    this.#number(tag, text.length);
    this.#room(2 * text.length);
    this.#used += this.#bytes.write(text, this.#used, "utf16le");
  }

  #raw(bytes: Uint8Array): void {
    this.#number("b", bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#used + bytes));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}

function hasOtherNames(entries: [string, unknown][]): boolean {
  const last = entries.at(-1)?.[0];
  return last !== undefined && last !== String(entries.length - 1);
}
