import { Deserializer, Serializer } from "node:v8";

/**
 * The file of a backup: a line of JSON (the header), one record per entry, a record of length 0, and
 * a line of JSON (the trailer). A record is its length as 32 bits, little-endian, and the entry as
 * V8 serializes it, which is what Deno KV does with values: nothing is lost on the way.
 *
 * @module
 */

/** What stands in the first line. */
export interface BackupHeader {
  format: "portcullis-backup";
  /** Of the file's layout. */
  version: number;
  /** Of the store's layout. */
  schema: number;
  /** ISO time. */
  created_at: string;
}

/** What stands in the last line. */
export interface BackupTrailer {
  /** How many entries there are. */
  count: number;
  /** Of all bytes before this line, in hexadecimal. */
  sha256: string;
}

/** One entry of the store. */
export type BackupEntry = Pick<Deno.KvEntry<unknown>, "key" | "value">;

/** The layout that this code writes, and the only one it reads. */
export const FORMAT_VERSION = 1;
/** A value holds at most 64 KiB and a key 2 KiB: anything longer is no record. */
export const MAX_RECORD_BYTES = 128 * 1024;

/** What a record of length 0 looks like: the end of the records. */
export const END = new Uint8Array(4);

/**
 * What V8 makes of a value. Not `serialize()` of node:v8, whose typed arrays come back as views of
 * all that was read: KV would store all of it with each.
 */
function toBytes(value: unknown): Uint8Array {
  const serializer = new Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

function fromBytes(bytes: Uint8Array): unknown {
  // It would copy all of the buffer that a view is of.
  const deserializer = new Deserializer(bytes.slice());
  deserializer.readHeader();
  return deserializer.readValue();
}

/** An entry as it stands in the file, its length before it. */
export function encodeEntry({ key, value }: BackupEntry): Uint8Array {
  const isU64 = value instanceof Deno.KvU64;
  const body = toBytes([key, isU64, isU64 ? value.value : value]);
  const record = new Uint8Array(4 + body.length);
  new DataView(record.buffer).setUint32(0, body.length, true);
  record.set(body, 4);
  return record;
}

/**
 * The entry of a record, given without its length.
 *
 * @throws where it is none.
 */
export function decodeEntry(body: Uint8Array): BackupEntry {
  const [key, isU64, value] = fromBytes(body) as [
    Deno.KvKey,
    boolean,
    unknown,
  ];
  if (!Array.isArray(key) || key.length === 0) {
    throw new TypeError("Cannot read a record: expected a key and a value");
  }
  return { key, value: isU64 ? new Deno.KvU64(value as bigint) : value };
}

/** A header or trailer as it stands in the file. */
export function encodeLine(line: BackupHeader | BackupTrailer): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(line)}\n`);
}
