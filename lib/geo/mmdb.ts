import { Buffer } from "node:buffer";
import { Reader, type Response } from "mmdb-lib";
import type { Family } from "./database_bytes.ts";

// https://maxmind.github.io/MaxMind-DB/: the metadata follow the last of these
// in the file, within its last 128 KiB.
const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
const METADATA_BYTES = 128 * 1024;
const SEPARATOR_BYTES = 16;

/** An opened MaxMind DB. */
export interface Database {
  /** The family of addresses that it answers for. */
  family: Family;
  /** When the data were built, in milliseconds since the epoch. */
  builtAt: number;
  /** The record of a canonical address of this family, null if there is none. */
  record(ip: string): Record<string, unknown> | null;
}

/**
 * Opens a MaxMind DB without copying its bytes. mmdb-lib takes any bytes for a
 * database and answers nonsense, so the layout is checked first.
 *
 * @throws {TypeError} if the bytes are not a database of format version 2.
 */
export function openDatabase(bytes: Uint8Array): Database {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = buffer.subarray(-METADATA_BYTES);
  const marker = tail.lastIndexOf(MARKER);
  if (marker === -1) throw unreadable("no metadata");
  const reader = read(buffer);
  const { metadata } = reader;
  const { nodeCount, searchTreeSize, ipVersion } = metadata;
  const builtAt = metadata.buildEpoch.getTime();
  if (metadata.binaryFormatMajorVersion !== 2) throw unreadable("version");
  if (ipVersion !== 4 && ipVersion !== 6) throw unreadable("family");
  if (!Number.isInteger(nodeCount) || nodeCount < 1) {
    throw unreadable("number of nodes");
  }
  const dataStart = searchTreeSize + SEPARATOR_BYTES;
  const metadataStart = buffer.length - tail.length + marker;
  if (dataStart > metadataStart) throw unreadable("cut short");
  if (buffer.subarray(searchTreeSize, dataStart).some((byte) => byte !== 0)) {
    throw unreadable("no data section");
  }
  if (!Number.isFinite(builtAt)) throw unreadable("build date");
  return {
    family: ipVersion,
    builtAt,
    record(ip) {
      const record: unknown = reader.get(ip);
      return typeof record === "object" && record !== null
        ? record as Record<string, unknown>
        : null;
    },
  };
}

function read(buffer: Buffer): Reader<Response> {
  try {
    return new Reader(buffer);
  } catch {
    throw unreadable("metadata");
  }
}

function unreadable(what: string): TypeError {
  return new TypeError(
    `Cannot read geolocation data: expected a MaxMind DB, version 2 (${what})`,
  );
}
