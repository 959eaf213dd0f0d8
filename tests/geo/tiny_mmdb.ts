/** The contents of {@linkcode tinyMmdb}, and deliberate errors. */
export interface TinyMmdb {
  ipVersion?: number;
  nodeCount?: number;
  recordSize?: number;
  majorVersion?: number;
  /** Replaces the sixteen zeros between the tree and the data. */
  separator?: number;
  /** @default {"test"} */
  databaseType?: string;
  /** Seconds since the epoch. */
  buildEpoch?: number;
}

/**
 * A MaxMind DB of one node: the lower half of the address space has `record`,
 * the upper half has nothing.
 */
export function tinyMmdb(
  record: Record<string, string | number>,
  lies: TinyMmdb = {},
): Uint8Array {
  const data = map(record);
  const metadata = map({
    binary_format_major_version: lies.majorVersion ?? 2,
    binary_format_minor_version: 0,
    build_epoch: lies.buildEpoch ?? 1_750_000_000,
    database_type: lies.databaseType ?? "test",
    ip_version: lies.ipVersion ?? 4,
    node_count: lies.nodeCount ?? 1,
    record_size: lies.recordSize ?? 24,
  });
  return Uint8Array.from([
    ...[0, 0, 17], // left: node count + separator = the first record
    ...[0, 0, 1], // right: node count = no record
    ...new Array(16).fill(lies.separator ?? 0),
    ...data,
    ...[0xab, 0xcd, 0xef],
    ...new TextEncoder().encode("MaxMind.com"),
    ...metadata,
  ]);
}

function map(entries: Record<string, string | number>): number[] {
  const pairs = Object.entries(entries);
  return [
    0xe0 | pairs.length,
    ...pairs.flatMap(([key, value]) => [...string(key), ...encode(value)]),
  ];
}

function encode(value: string | number): number[] {
  if (typeof value === "string") return string(value);
  const view = new DataView(new ArrayBuffer(8));
  if (Number.isInteger(value) && value >= 0) {
    view.setUint32(0, value);
    return [0xc4, ...new Uint8Array(view.buffer, 0, 4)];
  }
  view.setFloat64(0, value);
  return [0x68, ...new Uint8Array(view.buffer)];
}

function string(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return bytes.length < 29
    ? [0x40 | bytes.length, ...bytes]
    : [0x5d, bytes.length - 29, ...bytes];
}
