import { createHash, type Hash } from "node:crypto";
import { SCHEMA_VERSION } from "../store/schema.ts";
import {
  type BackupEntry,
  type BackupHeader,
  type BackupTrailer,
  decodeEntry,
  FORMAT_VERSION,
  MAX_RECORD_BYTES,
} from "./format.ts";

/** More than the longest record, so that a record is always in one piece. */
const CHUNK_BYTES = 4 * MAX_RECORD_BYTES;
const MAX_LINE_BYTES = 4_096;
const NEWLINE = 10;

/** The file is no backup, or not as it was written. */
export class DamagedBackupError extends Error {
  override name = "DamagedBackupError";
}

/** A backup that is whole. */
export type CheckedBackup = BackupHeader & BackupTrailer;

/**
 * Reads all of a backup and compares it with its own count and hash.
 *
 * @throws {DamagedBackupError} where it is not whole, of another version, or no backup.
 */
export async function checkBackup(file: string): Promise<CheckedBackup> {
  using reader = new Reader(await Deno.open(file));
  const header = await readHeader(reader);
  let count = 0;
  for await (const _ of entriesOf(reader)) count++;
  const sha256 = reader.digest();
  const trailer = await reader.line<BackupTrailer>("the last line is missing");
  if (trailer.sha256 !== sha256) throw damaged("its SHA-256 does not match");
  if (trailer.count !== count) {
    throw damaged(`it contains ${count} entries, expected ${trailer.count}`);
  }
  if (!await reader.atEnd()) throw damaged("there is data after its last line");
  return { ...header, ...trailer };
}

/** An entry, and how long its record is. */
export type ReadEntry = BackupEntry & { bytes: number };

/** The entries of a backup, in the order of their keys. */
export async function* readBackup(
  file: string,
): AsyncGenerator<ReadEntry, void, void> {
  using reader = new Reader(await Deno.open(file));
  await readHeader(reader);
  yield* entriesOf(reader);
}

async function readHeader(reader: Reader): Promise<BackupHeader> {
  const header = await reader.line<BackupHeader>("it is not a backup");
  if (header.format !== "portcullis-backup") {
    throw damaged("it is not a backup");
  }
  if (header.version !== FORMAT_VERSION) {
    throw damaged(
      `its format is version ${header.version}, expected ${FORMAT_VERSION}`,
    );
  }
  if (!(header.schema <= SCHEMA_VERSION)) {
    throw damaged(
      `its schema is ${header.schema}, expected at most ${SCHEMA_VERSION}: use the newer Portcullis that wrote it`,
    );
  }
  return header;
}

async function* entriesOf(reader: Reader): AsyncGenerator<ReadEntry> {
  while (true) {
    const head = await reader.bytes(4);
    const length = new DataView(head.buffer, head.byteOffset, 4)
      .getUint32(0, true);
    if (length === 0) return;
    if (length > MAX_RECORD_BYTES) throw damaged("a record is too long");
    const body = await reader.bytes(length);
    let entry: BackupEntry;
    try {
      entry = decodeEntry(body);
    } catch {
      throw damaged("a record cannot be read");
    }
    yield { ...entry, bytes: length };
  }
}

function damaged(why: string): DamagedBackupError {
  return new DamagedBackupError(`expected a whole backup, but ${why}`);
}

/** Reads a file in pieces and hashes what it gave out. */
class Reader {
  readonly #file: Deno.FsFile;
  readonly #hash: Hash = createHash("sha256");
  readonly #buffer = new Uint8Array(CHUNK_BYTES);
  /** What of the buffer was read and not given out yet. */
  #chunk = this.#buffer.subarray(0, 0);

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** The next `length` bytes; a view that holds until the next call. */
  async bytes(length: number): Promise<Uint8Array> {
    while (this.#chunk.length < length) {
      if (!await this.#more()) throw damaged("it ends too early");
    }
    return this.#take(length);
  }

  /** The next line, which has to be an object in JSON. */
  async line<T>(otherwise: string): Promise<T> {
    let end: number;
    while ((end = this.#chunk.indexOf(NEWLINE)) < 0) {
      if (this.#chunk.length > MAX_LINE_BYTES || !await this.#more()) {
        throw damaged(otherwise);
      }
    }
    try {
      const text = new TextDecoder().decode(this.#take(end + 1));
      const value = JSON.parse(text);
      if (typeof value === "object" && value !== null) return value as T;
    } catch {
      // Said below.
    }
    throw damaged(otherwise);
  }

  async atEnd(): Promise<boolean> {
    return this.#chunk.length === 0 && !await this.#more();
  }

  /** Of all that was given out so far. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #take(length: number): Uint8Array {
    const taken = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    this.#hash.update(taken);
    return taken;
  }

  async #more(): Promise<boolean> {
    const kept = this.#chunk.length;
    this.#buffer.set(this.#chunk);
    this.#chunk = this.#buffer.subarray(0, kept);
    const read = await this.#file.read(this.#buffer.subarray(kept));
    if (!read) return false;
    this.#chunk = this.#buffer.subarray(0, kept + read);
    return true;
  }
}
