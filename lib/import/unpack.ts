import { bunzip2 } from "./bunzip2.ts";
import { ByteSource } from "./byte_source.ts";
import { gunzip } from "./gunzip.ts";
import { unzstd } from "./unzstd.ts";
import { DamagedFileError } from "./damaged_file.ts";
import { isLokiAnswer, LOKI_PEEK, lokiLines } from "./loki_answer.ts";

/** A file's compression; detected by its first bytes, not its name. */
export type Packing = "gzip" | "bzip2" | "zstd" | null;

const OTHERS: [name: string, start: readonly number[]][] = [
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["zip", [0x50, 0x4b, 3, 4]],
  ["lz4", [4, 0x22, 0x4d, 0x18]],
  ["7z", [0x37, 0x7a, 0xbc, 0xaf]],
];

const OPEN_BRACE = 123;

/** The compression of data with these first bytes. */
function packingOf(start: Uint8Array): Packing {
  const [a, b, c, d] = start;
  if (a === 0x1f && b === 0x8b) return "gzip";
  if (a === 0x42 && b === 0x5a && c === 0x68 && d! >= 0x31 && d! <= 0x39) {
    return "bzip2";
  }
  const isFrame = a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
  const isSkippable = a! >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18;
  return isFrame || isSkippable ? "zstd" : null;
}

/**
 * The contents of a stream: decompressed if its first bytes are gzip, bzip2 or Zstandard, otherwise
 * unchanged. A file that was compressed twice, for example by rotation and a backup, is
 * decompressed twice. An answer of Loki is unpacked to its lines.
 *
 * @throws {DamagedFileError} if it is damaged, truncated or uses another compression; data before
 * that is yielded first.
 */
export async function* unpack(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* unpackSome(stream, 2);
}

async function* unpackSome(
  stream: AsyncIterable<Uint8Array>,
  times: number,
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(stream);
  try {
    const start = await source.peek(6);
    const packing = times > 0 ? packingOf(start) : null;
    if (packing === null) {
      const other = OTHERS.find(([, bytes]) =>
        bytes.every((byte, i) => start[i] === byte)
      );
      if (other) {
        throw new DamagedFileError(
          `${
            other[0]
          } is not unpacked here: expected text, gzip, bzip2 or zstd${
            other[0] === "xz" ? ", or standard input: xz -dc FILE | … -" : ""
          }`,
        );
      }
      const isObject = start[0] === OPEN_BRACE &&
        isLokiAnswer(await source.peek(LOKI_PEEK));
      yield* isObject ? lokiLines(source.rest()) : source.rest();
      return;
    }
    const read = { gzip: gunzip, bzip2: bunzip2, zstd: unzstd }[packing];
    yield* unpackSome(read(source), times - 1);
  } finally {
    await source.cancel();
  }
}
