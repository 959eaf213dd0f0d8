import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Canonical } from "../../lib/backup/canonical.ts";
import { decodeEntry, encodeEntry } from "../../lib/backup/format.ts";

const hex = (value: unknown, canonical = new Canonical()) =>
  canonical.encode({ key: ["k"], value }).toHex();

Deno.test("Canonical: the same value gives the same bytes, whatever V8 made of its shape", () => {
  const shape = (x: number) => {
    const value: Record<string, number> = {};
    value.a_name_of_its_own = x;
    return value;
  };
  const one = shape(1);
  const before = encodeEntry({ key: ["k"], value: one }).toHex();
  const bytes = hex(one);
  shape(1.5);
  const after = shape(1);
  assert(encodeEntry({ key: ["k"], value: after }).toHex() !== before);
  assertEquals(hex(after), bytes);
});

Deno.test("Canonical: what the store keeps comes back with the same bytes", () => {
  const canonical = new Canonical();
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withBoxedValues: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
      }),
      (anything) => {
        const value = structuredClone(anything);
        const entry = { key: ["k", 1, new Uint8Array([1])], value };
        const bytes = canonical.encode(entry).toHex();
        const read = decodeEntry(encodeEntry(entry).subarray(4));
        assertEquals(canonical.encode(read).toHex(), bytes);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("Canonical: what looks alike and is not has other bytes", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const shared = {};
  const named = Object.assign([1], { name: 1 });
  const values = [
    ...[0, -0, 1, 1n, "1", true, false, null, undefined, NaN, "", "NaN"],
    ...[new Deno.KvU64(1n), [1], ["1"], { 0: 1 }, new Set([1]), named],
    ...[[, 1], [undefined, 1], [1, ,], [1], [[1]], [[[]]], [[], []]],
    ...[new Map([[1, 2]]), new Set([1, 2]), [1, 2], new Map([[[1], 2]])],
    ...[new Uint8Array(2), new Uint16Array(1), new ArrayBuffer(2)],
    ...["\ud800", "\ud801", "\ufffd", new Date(0), new Date(NaN), /a/g, /a/],
    ...[{ a: 1, b: 2 }, { b: 2, a: 1 }, {}, [], circle, [[[]], 1]],
    ...[[shared, shared], [{}, {}], Object(1), Object("1"), Error("1")],
  ];
  const seen = new Map<string, number>();
  for (const [i, value] of values.entries()) {
    const bytes = hex(value);
    const before = seen.get(bytes);
    // `[1]` occurs twice.
    if (before !== undefined) assertEquals(values[before], value);
    seen.set(bytes, i);
  }
  assertEquals(seen.size, values.length - 1);
  assertThrows(() => hex(() => {}), TypeError, "Cannot compare a function");
});

Deno.test("Canonical: a value of the largest size, and larger ones", () => {
  const canonical = new Canonical();
  for (const length of [65_000, 200_000, 3]) {
    const text = "é".repeat(length);
    const bytes = canonical.encode({ key: ["k"], value: text });
    assert(bytes.length > 2 * length);
    assertEquals(
      bytes.toHex(),
      new Canonical().encode({ key: ["k"], value: text }).toHex(),
    );
  }
});
