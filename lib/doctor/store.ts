import { messageOf } from "../base/error_words.ts";
import { lastBackup } from "../backup/last.ts";
import { deadline } from "../base/delay.ts";
import type { Check } from "./doctor.ts";
import { DAY, spanText } from "../base/duration.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import { SCHEMA_VERSION } from "../store/schema.ts";
import type { DoctorContext } from "./context.ts";

const ANSWER_MS = 5_000;
/** Logins write a few times each, and give up after a second for one. */
const SLOW_WRITE_MS = 250;
const OLD_BACKUP_MS = 30 * DAY;

/** Whether the store can be written, and how long a commit takes. */
export async function checkWrite({ kv }: DoctorContext): Promise<Check | null> {
  if (kv === null) return null;
  const title = "KV takes writes";
  const began = performance.now();
  try {
    const commit = () =>
      kv.atomic().set(keys.probe(), 1).delete(keys.probe()).commit();
    await deadline(write(commit), ANSWER_MS);
  } catch (error) {
    const words = messageOf(error);
    return {
      level: "bad",
      title,
      detail: `Nothing can be logged, blocked or counted: ${words}`,
      fix: "KV_PATH=<a store that this user may write>",
    };
  }
  const took = performance.now() - began;
  const detail = `A commit took ${took.toFixed(1)} ms.`;
  return took > SLOW_WRITE_MS
    ? {
      level: "warn",
      title,
      detail: `${detail} That is slow: a login waits for several.`,
    }
    : { level: "ok", title, detail };
}

/** Whether the store's layout is this code's. */
export async function checkSchema(
  { kv }: DoctorContext,
): Promise<Check | null> {
  if (kv === null) return null;
  const title = "Schema";
  const { value } = await kv.get<number>(keys.schemaVersion());
  // Without a version no server has opened it yet; the first one says it.
  const version = value ?? SCHEMA_VERSION;
  if (version === SCHEMA_VERSION) {
    return { level: "ok", title, detail: `Version ${version}.` };
  }
  return version < SCHEMA_VERSION
    ? {
      level: "warn",
      title,
      detail:
        `Version ${version}, expected ${SCHEMA_VERSION}: the next start migrates it.`,
      fix: "deno task start",
    }
    : {
      level: "bad",
      title,
      detail:
        `Version ${version}, expected at most ${SCHEMA_VERSION}: a newer Portcullis wrote it.`,
    };
}

/** When `deno task backup` was last run. Others may make backups, too: its absence is no fault. */
export async function checkBackup(
  { kv, now }: DoctorContext,
): Promise<Check | null> {
  if (kv === null) return null;
  const title = "Backup";
  const at = await lastBackup(kv);
  if (at === null) {
    return {
      level: "ok",
      title,
      detail:
        "There is none by deno task backup <file>, which works while the server runs.",
    };
  }
  const age = now() - at;
  const detail = `The last one was made ${spanText(age)} ago.`;
  return age > OLD_BACKUP_MS
    ? { level: "warn", title, detail, fix: "deno task backup <file>" }
    : { level: "ok", title, detail };
}
