import { Buffer } from "node:buffer";
import { crc32, createInflateRaw } from "node:zlib";
import type { ByteSource } from "./byte_source.ts";
import { DamagedFileError } from "./damaged_file.ts";

const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const HEADER_CRC = 2;
/** Names in a header are not longer; a longer header is not valid. */
const LONGEST_HEADER = 65_536 + 4_096;
const PIECE = 65_536;

/**
 * Decompresses all members of a gzip file (RFC 1952); zeros between and after them, used as padding
 * on tapes and disks, are skipped. Checks lengths and checksums. Data before a damaged place is
 * yielded first.
 *
 * @throws {DamagedFileError} if the file is damaged or truncated.
 */
export async function* gunzip(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const bytes = await source.peek();
    if (bytes.length === 0) return;
    const padding = bytes.findIndex((byte) => byte !== 0);
    if (padding !== 0) {
      source.take(padding < 0 ? bytes.length : padding);
      continue;
    }
    source.take(await headerLength(source));
    yield* member(source);
  }
}

async function headerLength(source: ByteSource): Promise<number> {
  const start = await source.peek(10);
  if (start[0] !== 0x1f || start[1] !== 0x8b || start[2] !== 8) {
    throw new DamagedFileError(
      "gzip: the data after a member is not another one",
    );
  }
  const flags = start[3]!;
  let at = 10;
  const ends = async (from: number) => {
    for (let want = from + 64; want < LONGEST_HEADER; want *= 2) {
      const bytes = await source.peek(want);
      const zero = bytes.indexOf(0, from);
      if (zero >= 0) return zero + 1;
      if (bytes.length < want) break;
    }
    throw new DamagedFileError("gzip: the header does not end");
  };
  if (flags & EXTRA) {
    const bytes = await source.peek(at + 2);
    at += 2 + (bytes[at]! | bytes[at + 1]! << 8);
  }
  if (flags & NAME) at = await ends(at);
  if (flags & COMMENT) at = await ends(at);
  if (flags & HEADER_CRC) at += 2;
  if ((await source.peek(at)).length < at) throw tooShort();
  return at;
}

/** The contents of one member; checks the trailer after it. */
async function* member(source: ByteSource): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: 262_144 });
  const out: Uint8Array[] = [];
  let ended = false;
  let failure: Error | null = null;
  let taken = 0;
  let sum = 0;
  let size = 0;
  inflate.on("data", (chunk: Uint8Array) => out.push(chunk));
  const end = new Promise<void>((resolve) => {
    inflate.on("end", () => (ended = true, resolve()));
    inflate.on("error", (error: Error) => (failure = error, resolve()));
  });
  const given = function* () {
    for (const chunk of out.splice(0)) {
      sum = crc32(
        Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length),
        sum,
      );
      size = (size + chunk.length) >>> 0;
      yield chunk;
    }
  };
  try {
    while (!ended && failure === null) {
      const bytes = await source.peek();
      if (bytes.length === 0) {
        yield* given();
        throw tooShort();
      }
      const piece = Buffer.from(bytes.slice(0, PIECE));
      await Promise.race([
        end,
        new Promise<void>((resolve) => inflate.write(piece, () => resolve())),
      ]);
      if (!ended && failure === null) await Promise.race([end, turn()]);
      // In the last piece, bytes after the member are not consumed.
      const used = Math.min(inflate.bytesWritten - taken, piece.length);
      source.take(used);
      taken += used;
      yield* given();
    }
    yield* given();
  } finally {
    inflate.destroy();
  }
  if (failure !== null) {
    throw new DamagedFileError(`gzip: ${(failure as Error).message}`);
  }
  const trailer = await source.peek(8);
  if (trailer.length < 8) throw tooShort();
  const view = new DataView(trailer.buffer, trailer.byteOffset);
  if (
    view.getUint32(0, true) !== sum >>> 0 || view.getUint32(4, true) !== size
  ) {
    throw new DamagedFileError("gzip: the checksum is wrong");
  }
  source.take(8);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function tooShort(): DamagedFileError {
  return new DamagedFileError("gzip: the file is truncated");
}
