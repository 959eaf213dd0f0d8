import { createHash } from "node:crypto";
import { keys } from "../store/keys.ts";
import {
  type BackupTrailer,
  encodeEntry,
  encodeLine,
  END,
  FORMAT_VERSION,
} from "./format.ts";
import { isKept } from "./lifetime.ts";

const CHUNK_BYTES = 1024 * 1024;
/** A thousand blocks of the request log at once are 60 MB. */
const BATCH = 200;

/**
 * Writes every entry of a store into a file, for its owner alone. It is written as `<file>.part` and
 * gets its name when all of it is on the disk; an older file of that name is replaced then.
 */
export async function writeBackup(
  kv: Deno.Kv,
  file: string,
  now: () => number,
): Promise<BackupTrailer> {
  const part = `${file}.part`;
  // Left by a run that was killed; a file that is there keeps its mode.
  await Deno.remove(part).catch(ignoreMissing);
  try {
    const trailer = await writePart(kv, part, now);
    await Deno.rename(part, file);
    return trailer;
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}

async function writePart(
  kv: Deno.Kv,
  part: string,
  now: () => number,
): Promise<BackupTrailer> {
  using out = await Deno.open(part, {
    write: true,
    createNew: true,
    mode: 0o600,
  });
  const hash = createHash("sha256");
  const chunk = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  const flush = async () => {
    hash.update(chunk.subarray(0, used));
    await writeAll(out, chunk.subarray(0, used));
    used = 0;
  };
  const put = async (bytes: Uint8Array) => {
    if (used + bytes.length > chunk.length) await flush();
    chunk.set(bytes, used);
    used += bytes.length;
  };

  const schema = (await kv.get<number>(keys.schemaVersion())).value ?? 1;
  await put(encodeLine({
    format: "portcullis-backup",
    version: FORMAT_VERSION,
    schema,
    created_at: new Date(now()).toISOString(),
  }));
  let count = 0;
  for await (const entry of kv.list({ prefix: [] }, { batchSize: BATCH })) {
    if (!isKept(entry.key)) continue;
    await put(encodeEntry(entry));
    count++;
  }
  await put(END);
  await flush();
  const trailer = { count, sha256: hash.digest("hex") };
  await writeAll(out, encodeLine(trailer));
  await out.sync();
  return trailer;
}

async function writeAll(out: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await out.write(bytes.subarray(at));
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
