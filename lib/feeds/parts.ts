import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import type { Wanted } from "./read_list.ts";

/** A value may hold 65,536 bytes, and a text two for each of its characters. */
const MAX_PART = 30_000;
const PER_WRITE = 10;

/**
 * Stores a list, some thousand entries to a value, under an id that nothing refers to yet: a partly
 * written list is unreferenced, and deleted by the next refresh.
 */
export async function writeParts(
  kv: Deno.Kv,
  name: string,
  id: string,
  wanted: Iterable<[string, Wanted]>,
): Promise<void> {
  let n = 0;
  let parts: string[] = [];
  const flush = async () => {
    await write(() => {
      const atomic = kv.atomic();
      for (const [i, part] of parts.entries()) {
        atomic.set(keys.feedPart(name, id, n + i), part);
      }
      return atomic.commit();
    });
    n += parts.length;
    parts = [];
  };
  let lines = "";
  for (const [cidr, { note, expires_at }] of wanted) {
    const line = expires_at !== null
      ? `${cidr}\t${note}\t${expires_at}\n`
      : note
      ? `${cidr}\t${note}\n`
      : `${cidr}\n`;
    if (lines.length + line.length > MAX_PART) {
      parts.push(lines);
      lines = "";
      if (parts.length === PER_WRITE) await flush();
    }
    lines += line;
  }
  if (lines) parts.push(lines);
  if (parts.length > 0) await flush();
}

/** What {@linkcode writeParts} wrote, in its order. */
export async function* readParts(
  kv: Deno.Kv,
  name: string,
  id: string,
): AsyncGenerator<[string, Wanted]> {
  const parts = kv.list<string>({ prefix: keys.feedPartsOf(name, id) }, {
    batchSize: 10,
  });
  for await (const { value } of parts) {
    for (const line of value.split("\n")) {
      if (line === "") continue;
      const [cidr = "", note = "", end] = line.split("\t");
      yield [cidr, { note, expires_at: end ? Number(end) : null }];
    }
  }
}

/** Deletes a feed's parts but for those of the lists named. */
export async function sweepParts(
  kv: Deno.Kv,
  name: string,
  except: readonly (string | undefined)[],
): Promise<void> {
  const old: Deno.KvKey[] = [];
  const parts = kv.list({ prefix: keys.feedParts(name) }, { batchSize: 10 });
  for await (const { key } of parts) {
    if (!except.includes(String(key[2]))) old.push(key);
  }
  for (let i = 0; i < old.length; i += 100) {
    await write(() => {
      const atomic = kv.atomic();
      for (const key of old.slice(i, i + 100)) atomic.delete(key);
      return atomic.commit();
    });
  }
}
