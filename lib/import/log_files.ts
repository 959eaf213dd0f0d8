import { globSync } from "node:fs";
import { readLines } from "./lines.ts";
import { LogReader, type LogReaderOptions } from "./log_reader.ts";
import { unpack } from "./unpack.ts";

/** Standard input, as a file's name. */
export const STDIN = "-";

/** This many lines are enough to find one with a time. */
const FIRST_LINES = 400;

/**
 * The files that match names and patterns (`/var/log/nginx/access.log*`), each once. A name of an
 * existing file is that file, even with pattern characters in it.
 *
 * @throws {Error} if a pattern matches nothing.
 */
export function expandNames(names: readonly string[]): string[] {
  const files = new Set<string>();
  for (const name of names) {
    if (name === STDIN || !/[*?[{]/.test(name) || isFile(name)) {
      files.add(name);
      continue;
    }
    const found = globSync(name).filter(isFile).sort();
    if (found.length === 0) {
      throw new Error(`Cannot read "${name}": no file matches`);
    }
    for (const file of found) files.add(file);
  }
  return [...files];
}

function isFile(name: string): boolean {
  try {
    return !Deno.statSync(name).isDirectory;
  } catch {
    return false;
  }
}

/** Bytes per read: a few large reads cost a tenth of a stream's. */
const PIECE = 524_288;

/** A file's bytes, or standard input's; a chunk is valid until the next one is requested. */
export async function* readFile(name: string): AsyncGenerator<Uint8Array> {
  if (name === STDIN) {
    yield* Deno.stdin.readable;
    return;
  }
  using file = await Deno.open(name);
  if ((await file.stat()).isDirectory) throw new Error("it is a folder");
  const buffer = new Uint8Array(PIECE);
  for (let count; (count = await file.read(buffer)) !== null;) {
    yield buffer.subarray(0, count);
  }
}

/**
 * Sorts files by the time of their first request, whatever their names and compression; standard
 * input and files without one come last, in the given order.
 */
export async function inOrderOfTime(
  names: readonly string[],
  options: LogReaderOptions,
): Promise<string[]> {
  if (names.length < 2) return [...names];
  const timed = await Promise.all(names.map(async (name) => ({
    name,
    time: name === STDIN ? Infinity : await firstTime(name, options),
  })));
  return timed.sort((a, b) => a.time === b.time ? 0 : a.time - b.time)
    .map(({ name }) => name);
}

async function firstTime(
  name: string,
  options: LogReaderOptions,
): Promise<number> {
  const reader = new LogReader(options);
  try {
    // A pipe can be read only once.
    if (!(await Deno.stat(name)).isFile) return Infinity;
    for await (const { lines } of readLines(unpack(readFile(name)))) {
      const records = [...reader.read(lines), ...reader.finish()];
      const found = records.find((record) => record !== null);
      if (found) return found.timestamp;
      const { requests: _, ...others } = reader.counts;
      const read = Object.values(others).reduce((sum, count) => sum + count, 0);
      if (read > FIRST_LINES) break;
    }
  } catch {
    // Its error is reported when it is imported.
  }
  return Infinity;
}
