/** One field of a message: a number (wire type 0) or bytes (wire type 2). */
export type Field = [number: number, value: bigint | Uint8Array];

/** Parses a protobuf message into its fields, in order. */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new SyntaxError("A number is cut off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  }
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (wire === 0) yield [number, varint()];
    else if (wire === 2) {
      const end = Number(varint()) + at;
      if (end > bytes.length) throw new SyntaxError("A field is cut off");
      yield [number, bytes.subarray(at, end)];
      at = end;
    } else throw new SyntaxError(`Unexpected wire type ${wire}`);
  }
}

/** A message's fields by number; a repeated field is a list. */
export function readMessage(bytes: Uint8Array): {
  bytes(number: number): Uint8Array;
  all(number: number): Uint8Array[];
  int(number: number): number;
} {
  const fields = [...readFields(bytes)];
  const all = (number: number) =>
    fields.filter(([n]) => n === number).map(([, value]) => value);
  const isBytes = (value: bigint | Uint8Array) => value instanceof Uint8Array;
  return {
    bytes: (number) => all(number).filter(isBytes).at(-1) ?? new Uint8Array(),
    all: (number) => all(number).filter(isBytes),
    int: (number) => {
      const value = all(number).at(-1) ?? 0n;
      return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : NaN;
    },
  };
}

/** Encodes a message; `undefined` and proto3 defaults are omitted. */
export function writeMessage(
  fields: [number: number, value: number | boolean | Uint8Array | undefined][],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (value === undefined || value === 0 || value === false) continue;
    if (value instanceof Uint8Array) {
      parts.push(varint(number << 3 | 2), varint(value.length), value);
    } else parts.push(varint(number << 3), varint(Number(value)));
  }
  return concat(parts);
}

/** All bytes concatenated. */
export function concat(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const more = rest > 0x7fn;
    bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return new Uint8Array(bytes);
}
