/**
 * Commit-confirm: a forced block that covers its author's own address ends by itself after 60
 * seconds, unless it is confirmed from the browser that ordered it. A signed token contains what is
 * needed for that; the guard allows the confirmation page as long as the entry is the token's.
 * Confirming or undoing changes the entry, which invalidates the token.
 *
 * @module
 */
import type { RequestView } from "../http/request_view.ts";
import { createHmac, timingSafeEqual } from "node:crypto";
import { keys } from "../store/keys.ts";
import { commitChange, ttl } from "./access_commit.ts";
import {
  type AccessChange,
  type AccessEntry,
  type Hits,
  isLive,
} from "./access_entry.ts";
import type { AccessMatch } from "./access_lists.ts";
import { pathOf } from "../http/record_fields.ts";
import { MINUTE } from "../base/duration.ts";

/** How long a block waits to be confirmed, in milliseconds. */
export const CONFIRM_MS = MINUTE;

/** The page that confirms. */
const CONFIRM_PATH = "/admin/blocked/confirm";

/** A block that waits to be confirmed. */
export interface PendingBlock {
  /** Canonical. */
  ip_address: string;
  /** When it expires, epoch ms: the entry's own expiry until then. */
  pending_until: number;
  /** Its expiry once it is confirmed, epoch ms or null. */
  expires_at: number | null;
  /** The id of the session that ordered it; no other may confirm. */
  session: string;
}

/** Signs and reads the tokens of pending blocks. */
export class BlockConfirmations {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** URL path of the confirmation page, valid for one minute and one browser. */
  path(pending: PendingBlock): string {
    const text = new TextEncoder().encode(JSON.stringify(pending))
      .toBase64({ alphabet: "base64url", omitPadding: true });
    return `${CONFIRM_PATH}?token=${text}.${this.#sign(text)}`;
  }

  /** The contents of a token, or null if it is not valid. */
  read(token: string | null): PendingBlock | null {
    const [text = "", signature = "", ...rest] = token?.split(".") ?? [];
    if (rest.length > 0 || text.length > 1_000) return null;
    const expected = new TextEncoder().encode(this.#sign(text));
    const given = new TextEncoder().encode(signature);
    if (
      expected.length !== given.length || !timingSafeEqual(expected, given)
    ) {
      return null;
    }
    const json = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return JSON.parse(new TextDecoder().decode(json)) as PendingBlock;
  }

  /** Whether a request that `match` would refuse is its author's, to confirm or undo the block. */
  mayPass(request: Pick<RequestView, "url">, match: AccessMatch): boolean {
    if (pathOf(request.url) !== CONFIRM_PATH) return false;
    const token = new URL(request.url).searchParams.get("token");
    const pending = this.read(token);
    return pending !== null && isAbout(pending, match.entry);
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}

/** The entry of a token, if it is still pending; null once it ended or was changed. */
export async function pendingEntry(
  kv: Deno.Kv,
  now: () => number,
  pending: PendingBlock,
): Promise<AccessEntry | null> {
  const { value } = await kv.get<AccessEntry>(
    keys.access("blocked", pending.ip_address),
  );
  return value && isLive(value, now()) && isAbout(pending, value)
    ? value
    : null;
}

/** Gives a pending block its real expiry; null if it is no longer pending. */
export async function confirmBlock(
  kv: Deno.Kv,
  now: () => number,
  pending: PendingBlock,
  audit?: (atomic: Deno.AtomicOperation) => void,
): Promise<AccessChange | null> {
  return await commitChange(kv, now, async () => {
    const waiting = await pendingEntry(kv, now, pending);
    if (!waiting) return null;
    const entry = { ...waiting, expires_at: pending.expires_at };
    const hits = await kv.get<Hits>(keys.blockHits(entry.ip_address));
    return {
      put: [{ list: "blocked", entry }],
      removed: [],
      // The hits would have expired with the entry in a minute; now they are kept as long as the
      // entry.
      also: (atomic) => {
        audit?.(atomic);
        if (hits.value === null) return;
        atomic.check(hits).set(hits.key, hits.value, ttl(entry, now()));
      },
    };
  });
}

/** Undoes a pending block at once; null if it is no longer pending. */
export async function undoBlock(
  kv: Deno.Kv,
  now: () => number,
  pending: PendingBlock,
  audit?: (atomic: Deno.AtomicOperation) => void,
): Promise<AccessChange | null> {
  return await commitChange(kv, now, async () => {
    const { ip_address } = pending;
    if (!await pendingEntry(kv, now, pending)) return null;
    return {
      put: [],
      removed: [{ list: "blocked", ip_address }],
      also: audit,
    };
  });
}

function isAbout(
  { ip_address, pending_until }: PendingBlock,
  entry: AccessEntry,
): boolean {
  return entry.ip_address === ip_address && entry.expires_at === pending_until;
}
