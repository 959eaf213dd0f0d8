/** Types of key parts in the order of KV. */
const KINDS = ["object", "string", "bigint", "number", "boolean"];
const encoder = new TextEncoder();

/** Compares two keys in the order of the store: negative, 0 or positive. */
export function compareKeys(a: Deno.KvKey, b: Deno.KvKey): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareParts(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: Deno.KvKeyPart, b: Deno.KvKeyPart): number {
  if (a === b && a !== 0) return 0;
  const kinds = KINDS.indexOf(typeof a) - KINDS.indexOf(typeof b);
  if (kinds !== 0) return kinds;
  // By UTF-8, which orders differently from JavaScript's strings.
  if (typeof a === "string") {
    return compareBytes(encoder.encode(a), encoder.encode(b as string));
  }
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array);
  if (typeof a === "number") return compareNumbers(a, b as number);
  return (a as bigint | boolean) < (b as bigint | boolean) ? -1 : 1;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

/** -0 before 0, and NaN last. */
function compareNumbers(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a)) return 1;
  if (Number.isNaN(b)) return -1;
  if (a === b) return Object.is(a, -0) ? -1 : 1;
  return a < b ? -1 : 1;
}
