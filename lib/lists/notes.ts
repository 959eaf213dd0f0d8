import { keys } from "../store/keys.ts";
import { cutBytes } from "../base/text.ts";
import { write } from "../store/retry.ts";

/** A note of admins about an address or range. */
export interface Note {
  text: string;
  /** The last author. */
  by: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** If it is stored by a hash: when the hash becomes invalid, and the note expires with it. */
  expires_at?: number;
}

/** In bytes of UTF-8. */
export const MAX_NOTE = 4_000;

/**
 * The note about a canonical address or range, by the first of its stored forms that has one, or
 * null.
 */
export async function getNote(
  kv: Deno.Kv,
  forms: readonly string[],
): Promise<Note | null> {
  const found = await Promise.all(
    forms.map((form) => kv.get<Note>(keys.note(form))),
  );
  return found.find(({ value }) => value !== null)?.value ?? null;
}

/** Replaces the note about a canonical address or range; an empty text removes it in every form. */
export async function setNote(
  kv: Deno.Kv,
  [cidr, ...forms]: readonly string[],
  { text, by, at }: Note,
): Promise<void> {
  const kept = cutBytes(text.replaceAll("\r\n", "\n").trim(), MAX_NOTE);
  await write(() => {
    const commit = kv.atomic();
    for (const form of forms) commit.delete(keys.note(form));
    const key = keys.note(cidr!);
    if (kept === "") commit.delete(key);
    else commit.set(key, { text: kept, by, at });
    return commit.commit();
  });
}
