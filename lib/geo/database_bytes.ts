const CHUNK_BYTES = 1 << 20;

/** A whole file in one buffer, read in pieces of 1 MiB. */
export async function readInPieces(file: URL): Promise<Uint8Array> {
  using opened = await Deno.open(file);
  const { size } = await opened.stat();
  const bytes = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const read = await opened.read(bytes.subarray(at, at + CHUNK_BYTES));
    if (read === null) break;
    at += read;
  }
  return bytes.subarray(0, at);
}
