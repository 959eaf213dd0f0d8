import { readIp } from "../net/ip.ts";
import { DataReader } from "./mmdb_data.ts";
import { type Bytes, inMemory } from "./pages.ts";

/**
 * An address family: IPv4 or IPv6.
 *
 * @example
 * ```ts
 * import type { Family } from "@portcullis/portcullis/guard";
 *
 * const fileOf = (family: Family) => `./city-ipv${family}.mmdb`;
 * ```
 */
export type Family = 4 | 6;

// https://maxmind.github.io/MaxMind-DB/: the metadata follow the last marker in the file, within
// its last 128 KiB.
const MARKER = "\xab\xcd\xefMaxMind.com";
const METADATA_BYTES = 128 * 1024;
const SEPARATOR_BYTES = 16;
/** The number of leading bits whose look-up is cached for all addresses that share them. */
const JUMP = { 4: 16, 6: 32 } as const;
const MAX_JUMPS = 65_536;

/** An opened MaxMind DB. */
export interface Database {
  /** The family of its addresses; 6 may include IPv4. */
  family: Family;
  /** Its declared type, such as `city ipv4` or `GeoLite2-ASN`. */
  type: string;
  /** When the data were built, in milliseconds since the epoch. */
  builtAt: number;
  /** The record of a canonical address of this family, null if there is none. */
  record(ip: string): Record<string, unknown> | null;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens a MaxMind DB. Of a file, each look-up reads only the parts it needs.
 *
 * @throws {TypeError} if the bytes are not a database of format version 2.
 */
export function openDatabase(source: Uint8Array | Bytes): Database {
  const bytes = source instanceof Uint8Array ? inMemory(source) : source;
  const { metadata, end } = readMetadata(bytes);
  const number = (name: string) => Number(metadata[name]);
  const [nodeCount, recordSize] = [number("node_count"), number("record_size")];
  const family = number("ip_version");
  const builtAt = number("build_epoch") * 1_000;
  if (number("binary_format_major_version") !== 2) throw unreadable("version");
  if (family !== 4 && family !== 6) throw unreadable("family");
  if (!Number.isInteger(nodeCount) || nodeCount < 1) {
    throw unreadable("number of nodes");
  }
  if (recordSize !== 24 && recordSize !== 28 && recordSize !== 32) {
    throw unreadable("record size");
  }
  if (!Number.isFinite(builtAt)) throw unreadable("build date");
  const treeSize = nodeCount * recordSize / 4;
  const dataStart = treeSize + SEPARATOR_BYTES;
  if (dataStart > end) throw unreadable("cut short");
  if (bytes.read(treeSize, SEPARATOR_BYTES).some((byte) => byte !== 0)) {
    throw unreadable("no data section");
  }
  const data = new DataReader(bytes, dataStart, end);
  const tree = new Tree(bytes, nodeCount, recordSize);
  const words = new Int32Array(4);
  const jumps = new Map<number, number>();

  /** The record of an address, as an offset from the end of the tree. */
  function find(ip: string): number {
    const its = readIp(ip, words);
    if (its === 0 || its === 6 && family === 4) return nodeCount;
    const bits = its === 4 ? 32 : 128;
    // A tree for both families has IPv4 under ::/96.
    const shift = its === 4 && family === 6 ? 96 : 0;
    const jump = JUMP[its];
    const first = its === 4 ? words[0]! >>> 16 : words[0]!;
    const key = its === 4 ? first : first + 2 ** 32;
    let node = jumps.get(key);
    if (node === undefined) {
      node = 0;
      for (let i = 0; i < shift && node < nodeCount; i++) {
        node = tree.child(node, 0);
      }
      node = descend(node, 0, jump);
      if (jumps.size >= MAX_JUMPS) jumps.clear();
      jumps.set(key, node);
    }
    return descend(node, jump, bits);
  }

  function descend(node: number, from: number, to: number): number {
    for (let bit = from; bit < to && node < nodeCount; bit++) {
      node = tree.child(node, words[bit >> 5]! >>> (31 - (bit & 31)) & 1);
    }
    return node;
  }

  return {
    family,
    type: String(metadata.database_type ?? ""),
    builtAt,
    record(ip) {
      const found = find(ip);
      if (found <= nodeCount) return null;
      const value = data.value(found - nodeCount - SEPARATOR_BYTES);
      return typeof value === "object" && value !== null
        ? value as Record<string, unknown>
        : null;
    },
    close: () => bytes.close(),
  };
}

/** The search tree: nodes of two records of 24, 28 or 32 bits. */
class Tree {
  readonly #bytes: Bytes;
  readonly #nodeBytes: number;
  readonly #nodeCount: number;

  constructor(bytes: Bytes, nodeCount: number, recordSize: number) {
    this.#bytes = bytes;
    this.#nodeBytes = recordSize / 4;
    this.#nodeCount = nodeCount;
  }

  /** A child: a node, "none" (the number of nodes) or, above that, a record. */
  child(node: number, side: number): number {
    const size = this.#nodeBytes;
    const at = this.#bytes.read(node * size, size);
    if (at.length !== size || node >= this.#nodeCount) {
      throw new RangeError("Cannot read a record: cut short");
    }
    if (size === 6) {
      const i = 3 * side;
      return at[i]! << 16 | at[i + 1]! << 8 | at[i + 2]!;
    }
    if (size === 7) {
      const i = 4 * side;
      const high = side === 0 ? at[3]! >> 4 : at[3]! & 15;
      return (high * 256 + at[i]!) * 65_536 + (at[i + 1]! << 8 | at[i + 2]!);
    }
    const i = 4 * side;
    return (at[i]! * 256 + at[i + 1]!) * 65_536 +
      (at[i + 2]! << 8 | at[i + 3]!);
  }
}

function readMetadata(
  bytes: Bytes,
): { metadata: Record<string, unknown>; end: number } {
  const tailAt = Math.max(0, bytes.size - METADATA_BYTES);
  const tail = new TextDecoder("latin1").decode(
    bytes.read(tailAt, METADATA_BYTES),
  );
  // WHATWG's latin1 is windows-1252, which has these four bytes in the same places.
  const marker = tail.lastIndexOf(MARKER);
  if (marker === -1) throw unreadable("no metadata");
  const end = tailAt + marker;
  const start = end + MARKER.length;
  let value: unknown;
  try {
    value = new DataReader(bytes, start, bytes.size).value(0);
  } catch {
    throw unreadable("metadata");
  }
  if (typeof value !== "object" || value === null) throw unreadable("metadata");
  return { metadata: value as Record<string, unknown>, end };
}

function unreadable(what: string): TypeError {
  return new TypeError(
    `Cannot read geolocation data: expected a MaxMind DB, version 2 (${what})`,
  );
}
