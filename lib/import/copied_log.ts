import { basename, dirname } from "node:path";
import { MINUTE } from "../base/duration.ts";

/** A copy is made just before the file is truncated. */
const FRESH_MS = 10 * MINUTE;
const PIECE = 262_144;

/** The last bytes read of a file, to recognise a copy of it. */
export class ReadEnd {
  static readonly #length = 1_024;
  #bytes = new Uint8Array(0);

  add(bytes: Uint8Array): void {
    const length = ReadEnd.#length;
    const both = new Uint8Array(
      this.#bytes.length + Math.min(bytes.length, length),
    );
    both.set(this.#bytes);
    both.set(bytes.subarray(-length), this.#bytes.length);
    this.#bytes = both.slice(-length);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }
}

/**
 * The part of a log after a position when it was copied and truncated, as logrotate's
 * `copytruncate` does. It is read from the copy in the same folder, recognised by the bytes before
 * the position. Yields nothing if there is no such copy, or if it is already compressed.
 */
export async function* restOfCopy(
  name: string,
  position: number,
  end: Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (end.length === 0) return;
  for (const path of await copiesOf(name)) {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path);
    } catch {
      continue;
    }
    try {
      if ((await file.stat()).size < position) continue;
      if (!await hasBefore(file, position, end)) continue;
      for (;;) {
        const piece = new Uint8Array(PIECE);
        const count = await file.read(piece);
        if (count === null) return;
        yield piece.subarray(0, count);
      }
    } finally {
      file.close();
    }
  }
}

/**
 * Files in the same folder whose names start with the log's and that were written recently, newest
 * first.
 */
async function copiesOf(name: string): Promise<string[]> {
  const found: { path: string; at: number }[] = [];
  const [folder, base] = [dirname(name), basename(name)];
  const since = Date.now() - FRESH_MS;
  try {
    for await (const entry of Deno.readDir(folder)) {
      const isNamed = entry.name.startsWith(`${base}.`) ||
        entry.name.startsWith(`${base}-`);
      if (!entry.isFile || !isNamed) continue;
      const path = `${folder}/${entry.name}`;
      // `cp -p` keeps the modification time, which is that of the last line.
      const at = (await Deno.stat(path)).mtime?.getTime() ?? 0;
      if (at >= since) found.push({ path, at });
    }
  } catch {
    return [];
  }
  return found.sort((a, b) => b.at - a.at).map(({ path }) => path);
}

/** Whether these bytes are directly before a position; leaves the file at that position. */
async function hasBefore(
  file: Deno.FsFile,
  position: number,
  end: Uint8Array,
): Promise<boolean> {
  if (position < end.length) return false;
  await file.seek(position - end.length, Deno.SeekMode.Start);
  const bytes = new Uint8Array(end.length);
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) return false;
    at += count;
  }
  return bytes.every((byte, i) => byte === end[i]);
}
