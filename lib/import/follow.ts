import { delay } from "../base/delay.ts";
import { ReadEnd, restOfCopy } from "./copied_log.ts";

/** Options for {@linkcode followFile}. */
export interface FollowOptions {
  /** Stops following; what was written before is still read. */
  signal: AbortSignal;
  /** @default 500 */
  pollMs?: number;
  /**
   * How long a renamed file is still read: its server writes to it until it is told to reopen its
   * log. @default 5,000
   */
  lingerMs?: number;
}

const PIECE = 262_144;

/**
 * What is read of a followed file: bytes, that no more data is available for now, or that it ended.
 */
export type Followed = Uint8Array | "idle" | "rotated";

/**
 * Reads a file and everything appended to it, like `tail -F`. If it is renamed and recreated, the
 * old file is read to its end first; if it is copied and truncated, the copy is read to its end,
 * then the file from its start. Yields "idle" each time that there is no more data for now, and
 * "rotated" between one file and the next.
 */
export async function* followFile(
  name: string,
  { signal, pollMs = 500, lingerMs = 5_000 }: FollowOptions,
): AsyncGenerator<Followed> {
  let file = await Deno.open(name);
  /**
   * Files that have had the name since, oldest first: the log may be rotated twice in the meantime.
   */
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
        // What was written between the copy and the truncation is lost.
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
