import { delay } from "../base/delay.ts";
import { ReadEnd, restOfCopy } from "./copied_log.ts";

/** Options for {@linkcode followFile}. */
export interface FollowOptions {
  /** Ends it; what was written until then is still read. */
  signal: AbortSignal;
  /** @default 500 */
  pollMs?: number;
  /** How long a file that was renamed is still read: its server writes to it until it is told. @default 5,000 */
  lingerMs?: number;
}

const PIECE = 262_144;

/** What is read of a followed file: bytes, or that all there is has been read, or that it ended. */
export type Followed = Uint8Array | "idle" | "rotated";

/**
 * Reads a file and whatever is written to it, like `tail -F`: when it is renamed and made anew, the
 * old one is read to its end first; when it is copied and emptied, the copy is read to its end, then
 * the file from its start. Says "idle" each time that
 * there is no more for now, and "rotated" between one file and the next.
 */
export async function* followFile(
  name: string,
  { signal, pollMs = 500, lingerMs = 5_000 }: FollowOptions,
): AsyncGenerator<Followed> {
  let file = await Deno.open(name);
  /** Files that have taken the name since, the first first: it may be rotated twice meanwhile. */
  const next: { file: Deno.FsFile; id: string; since: number }[] = [];
  try {
    let id = idOf(await file.stat());
    let position = 0;
    let end = new ReadEnd();
    const buffer = new Uint8Array(PIECE);
    for (;;) {
      const count = await file.read(buffer);
      if (count !== null && count > 0) {
        position += count;
        end.add(buffer.subarray(0, count));
        yield buffer.slice(0, count);
        continue;
      }
      yield "idle";
      if (signal.aborted && next.length === 0) return;
      const current = await stat(name);
      const latest = next.at(-1)?.id ?? id;
      if (current !== null && idOf(current) !== latest) {
        const opened = await open(name);
        if (opened !== null) {
          const since = performance.now();
          next.push({ file: opened, id: idOf(await opened.stat()), since });
        }
      } else if (next.length === 0 && current && current.size < position) {
        // What was written between the copy and that is gone.
        yield* restOfCopy(name, position, end.bytes);
        await file.seek(0, Deno.SeekMode.Start);
        position = 0;
        end = new ReadEnd();
        yield "rotated";
        continue;
      }
      const [first] = next;
      const isLeft = first !== undefined &&
        (signal.aborted || performance.now() - first.since >= lingerMs);
      if (isLeft) {
        file.close();
        ({ file, id } = next.shift()!);
        position = 0;
        end = new ReadEnd();
        yield "rotated";
        continue;
      }
      await delay(pollMs);
    }
  } finally {
    file.close();
    for (const { file } of next) file.close();
  }
}

function idOf({ dev, ino }: Deno.FileInfo): string {
  return `${dev} ${ino}`;
}

async function stat(name: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(name);
  } catch {
    return null;
  }
}

async function open(name: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(name);
  } catch {
    return null;
  }
}
