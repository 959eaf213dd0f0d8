import { Decompress } from "fzstd";
import type { ByteSource } from "./byte_source.ts";
import { DamagedFileError } from "./damaged_file.ts";

const PIECE = 65_536;

/**
 * Decompresses all frames of a Zstandard file (RFC 8878). Not by node:zlib: under Deno it ends the
 * process if a file is damaged, stops after the first frame and accepts a truncated file as
 * complete.
 *
 * @throws {DamagedFileError} if the file is damaged or truncated.
 */
export async function* unzstd(source: ByteSource): AsyncGenerator<Uint8Array> {
  const out: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => out.push(chunk));
  for (;;) {
    const bytes = await source.peek();
    const piece = bytes.slice(0, PIECE);
    source.take(piece.length);
    const isLast = (await source.peek()).length === 0;
    let failure: Error | null = null;
    try {
      decoder.push(piece, isLast);
    } catch (error) {
      failure = error as Error;
    }
    yield* out.splice(0);
    if (failure !== null) {
      throw new DamagedFileError(
        failure.message === "unexpected EOF"
          ? "zstd: the file is truncated"
          : `zstd: ${failure.message}`,
      );
    }
    if (isLast) return;
  }
}
