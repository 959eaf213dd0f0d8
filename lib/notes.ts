import { keys } from "./store/keys.ts";
import { cutBytes } from "./text.ts";
import { write } from "./store/retry.ts";

/** What admins wrote down about an address or range. */
export interface Note {
  text: string;
  /** Who wrote it last. */
  by: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** In bytes of UTF-8. */
export const MAX_NOTE = 4_000;

/** The note about a canonical address or range, or null. */
export async function getNote(kv: Deno.Kv, cidr: string): Promise<Note | null> {
  return (await kv.get<Note>(keys.note(cidr))).value;
}

/** Replaces the note about a canonical address or range; an empty text removes it. */
export async function setNote(
  kv: Deno.Kv,
  cidr: string,
  { text, by, at }: Note,
): Promise<void> {
  const key = keys.note(cidr);
  const kept = cutBytes(text.replaceAll("\r\n", "\n").trim(), MAX_NOTE);
  await write(() =>
    kept === ""
      ? kv.atomic().delete(key).commit()
      : kv.atomic().set(key, { text: kept, by, at }).commit()
  );
}
