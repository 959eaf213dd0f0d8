/**
 * Receivers set up in the console. Their settings are secrets: they are encrypted like the keys of
 * second factors, and no page or API call returns them.
 *
 * @module
 */
import { quoted } from "../base/quoted.ts";
import { Refusal } from "../base/refusal.ts";
import { ownValue } from "../base/own_value.ts";
import type { SealedSecret, SecretBox } from "../accounts/secret_box.ts";
import type { QuietHours } from "./quiet_hours.ts";
import type { Severity } from "../detection/types.ts";
import type { ReceiverState } from "../store/audit.ts";
import { keys } from "../store/keys.ts";
import { getRemoved, keepRemoved } from "../store/removed.ts";
import { compareAndSet } from "../store/retry.ts";
import {
  type ReceiverContext,
  type ReceiverKind,
  type ReceiverSettings,
} from "./receivers/kind.ts";
import { RECEIVER_KINDS, type ReceiverKindName } from "./receivers/kinds.ts";

/** What a receiver is sent. */
export interface ReceiverChoice {
  /** Findings below this severity are not sent. */
  least: Exclude<Severity, "info">;
  /** Whether changes of the lists are sent. */
  lists: boolean;
  quiet: QuietHours | null;
}

/** A receiver as it is stored. */
export interface StoredReceiver extends ReceiverChoice {
  v: 1;
  id: string;
  name: string;
  kind: ReceiverKindName;
  /** Its host, which may be shown. */
  host: string;
  /** Its settings as JSON; clear where there is no key to encrypt them with. */
  settings: SealedSecret | Uint8Array;
  is_paused: boolean;
  created_at: number;
  created_by: string;
}

/** What the console asks for. */
export interface NewReceiver extends ReceiverChoice {
  name: string;
  kind: string;
  settings: ReceiverSettings;
  by: string;
}

/** The most receivers, as each alert is written once for each. */
const MOST_RECEIVERS = 20;
const LONGEST_NAME = 60;
const LONGEST_SETTING = 500;

/** The kind of a name, or a refusal. */
export function receiverKind(
  name: string,
): ReceiverKind & { name: ReceiverKindName } {
  const kind = ownValue<ReceiverKind>(RECEIVER_KINDS, name);
  if (kind === undefined) {
    throw new Refusal(
      "invalid",
      `Cannot send to ${quoted(name)}: expected one of ${
        Object.keys(RECEIVER_KINDS).join(", ")
      }`,
    );
  }
  return { ...kind, name: name as ReceiverKindName };
}

/** All of them, the oldest first. */
export async function listReceivers(kv: Deno.Kv): Promise<StoredReceiver[]> {
  const entries = kv.list<StoredReceiver>(
    { prefix: keys.alertReceiversAll() },
    { batchSize: MOST_RECEIVERS },
  );
  const all = await Array.fromAsync(entries, ({ value }) => value);
  return all.filter(({ v }) => v === 1)
    .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
}

/**
 * Validates a receiver's settings and stores it.
 *
 * @throws {Refusal} if a setting is not valid, or there are too many.
 */
export async function addReceiver(
  kv: Deno.Kv,
  { name, kind: kindName, settings, by, least, lists, quiet }: NewReceiver,
  { box, ...context }: ReceiverContext & { box: SecretBox | null },
): Promise<StoredReceiver> {
  const kind = receiverKind(kindName);
  const given: Record<string, string> = {};
  for (const field of kind.fields) {
    const value = (settings[field.name] ?? "").trim();
    if (value === "" && !field.isOptional) {
      throw new Refusal("invalid", `Cannot add it: ${field.label} is missing`);
    }
    // deno-lint-ignore no-control-regex -- They would end a header's line.
    if (value.length > LONGEST_SETTING || /[\x00-\x1f\x7f]/.test(value)) {
      throw new Refusal(
        "invalid",
        `Cannot use this ${field.label}: expected one line of at most ${LONGEST_SETTING} characters`,
      );
    }
    if (value !== "") given[field.name] = value;
  }
  const shown = name.trim() || kind.label;
  if (shown.length > LONGEST_NAME) {
    throw new Refusal(
      "invalid",
      `Cannot use this name: expected at most ${LONGEST_NAME} characters`,
    );
  }
  const { host } = kind.open(given, context);
  const id = crypto.randomUUID();
  const bytes = new TextEncoder().encode(JSON.stringify(given));
  const stored: StoredReceiver = {
    v: 1,
    id,
    name: shown,
    kind: kind.name,
    host,
    settings: box === null ? bytes : box.seal(bytes, aboutOf(id)),
    ...{ least, lists, quiet },
    is_paused: false,
    created_at: context.now(),
    created_by: by,
  };
  await checkRoom(kv);
  await kv.set(keys.alertReceiver(id), stored);
  return stored;
}

async function checkRoom(kv: Deno.Kv): Promise<void> {
  if ((await listReceivers(kv)).length >= MOST_RECEIVERS) {
    throw new Refusal(
      "conflict",
      `Cannot add it: there are ${MOST_RECEIVERS} receivers already`,
    );
  }
}

/** The settings of a receiver that can be changed. */
export function stateOf(
  { least, lists, quiet, is_paused }: StoredReceiver,
): ReceiverState {
  return { least, lists, quiet, is_paused };
}

/** The receiver of an id, or null. */
export async function getReceiver(
  kv: Deno.Kv,
  id: string,
): Promise<StoredReceiver | null> {
  return (await kv.get<StoredReceiver>(keys.alertReceiver(id))).value;
}

/** Changes what a receiver is sent, or pauses it; null if there is none. */
export function changeReceiver(
  kv: Deno.Kv,
  id: string,
  change: Partial<ReceiverChoice & { is_paused: boolean }>,
): Promise<StoredReceiver | null> {
  return compareAndSet(async () => {
    const entry = await kv.get<StoredReceiver>(keys.alertReceiver(id));
    if (entry.value === null) return null;
    const value = { ...entry.value, ...change };
    const { ok } = await kv.atomic().check(entry).set(entry.key, value)
      .commit();
    return ok ? value : undefined;
  });
}

/** Removes a receiver and its waiting alerts; null if there is none. It is kept for an undo. */
export async function removeReceiver(
  kv: Deno.Kv,
  id: string,
  now: number,
): Promise<StoredReceiver | null> {
  const value = await getReceiver(kv, id);
  if (value === null) return null;
  const commit = kv.atomic().delete(keys.alertReceiver(id));
  await keepRemoved(commit, { kind: "receiver", id, value, now }).commit();
  await kv.delete(keys.alertState(id));
  for await (const { key } of kv.list({ prefix: keys.alertsOf(id) })) {
    await kv.delete(key);
  }
  return value;
}

/** Restores a removed receiver; null if there is none, or it exists. */
export async function restoreReceiver(
  kv: Deno.Kv,
  id: string,
  now: number,
): Promise<StoredReceiver | null> {
  const kept = await getRemoved<StoredReceiver>(kv, "receiver", id, now);
  if (kept === null) return null;
  await checkRoom(kv);
  const key = keys.alertReceiver(id);
  const { ok } = await kv.atomic()
    .check(kept.row, { key, versionstamp: null })
    .set(key, kept.value)
    .delete(kept.row.key)
    .commit();
  return ok ? kept.value : null;
}

/** A receiver's settings; null if they cannot be decrypted with the current keys. */
export function settingsOf(
  { id, settings }: StoredReceiver,
  box: SecretBox | null,
): ReceiverSettings | null {
  const bytes = settings instanceof Uint8Array
    ? settings
    : box?.open(settings, aboutOf(id)) ?? null;
  return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
}

function aboutOf(id: string): string {
  return `alert receiver ${id}`;
}
