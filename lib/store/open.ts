import { messageOf } from "../base/error_words.ts";
import { dirname } from "node:path";
import { deadline } from "../base/delay.ts";
import { isStoreFailure } from "./errors.ts";
import { makeOwnerOnly, takeFromOthers } from "./owner_only.ts";
import { compareAndSet } from "./retry.ts";
import { SchemaError } from "./schema.ts";
import { MINUTE } from "../base/duration.ts";

/**
 * How long a process waits for its store at the start before it gives up; a long list takes
 * seconds.
 */
const START_MS = MINUTE;

/**
 * Opens the KV database in `KV_PATH`: a file (it and its folder are made readable by their owner
 * alone), `:memory:`, the URL of a KV Connect server, or `:default:` for the platform's own, as on
 * Deno Deploy.
 */
export async function openKv(path: string): Promise<Deno.Kv> {
  if (path === ":default:") return await Deno.openKv();
  if (isKvFile(path)) {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await makeOwnerOnly(path);
  }
  // If two processes create the same file at once, one finds it locked.
  const kv = await compareAndSet(() => Deno.openKv(path));
  if (isKvFile(path)) await takeFromOthers(path);
  return kv;
}

/** Whether `KV_PATH` is a file. */
export function isKvFile(path: string): boolean {
  return path !== ":memory:" && path !== ":default:" &&
    !/^https?:\/\//i.test(path);
}

/** Size of a KV file in bytes, including its write-ahead log; null if there is no file. */
export async function kvFileSize(path: string): Promise<number | null> {
  if (!isKvFile(path)) return null;
  let size = 0;
  for (const file of [path, `${path}-wal`]) {
    try {
      size += (await Deno.stat(file)).size;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return size;
}

/** `KV_PATH` for display: without the password that a URL can contain. */
export function shownKvPath(path: string): string {
  return path.replace(/^(https?:\/\/)[^/?#]*@/i, "$1");
}

/**
 * {@linkcode openKv}, but if the store cannot be opened, the process ends with status 1 and one
 * line, which says where its path comes from.
 */
export async function openKvOrExit(
  path: string,
  name = "KV_PATH",
  print: (line: string) => void = console.error,
): Promise<Deno.Kv> {
  try {
    return await deadline(openKv(path), START_MS);
  } catch (error) {
    exit("open", path, error, { name, print });
  }
}

/**
 * Reads from the store before the process serves. If the store fails, hangs or has an unsupported
 * schema, the process ends with status 1 and one line, so that its supervisor can restart it.
 */
export async function readOrExit<T>(
  path: string,
  read: Promise<T>,
  print: (line: string) => void = console.error,
): Promise<T> {
  try {
    return await deadline(read, START_MS);
  } catch (error) {
    if (!isStoreFailure(error) && !(error instanceof SchemaError)) throw error;
    exit("read", path, error, { name: "KV_PATH", print });
  }
}

function exit(
  verb: "open" | "read",
  path: string,
  error: unknown,
  { name, print }: { name: string; print: (line: string) => void },
): never {
  const words = messageOf(error);
  print(
    `Cannot ${verb} KV at ${JSON.stringify(shownKvPath(path))} (${name}): ${
      words.split("\n", 1)[0]
    }`,
  );
  Deno.exit(1);
}
