import { parseDuration } from "../duration.ts";
import { RequestError } from "../request_error.ts";
import type { Services } from "../services.ts";
import {
  type AccessEntry,
  allowIp,
  blockIp,
  disallowIp,
  unblockIp,
} from "./access_store.ts";

/** Somebody's wish to block, as a form or the API takes it. */
export interface BlockWish {
  ip: string;
  reason?: string;
  /** A duration such as `24h`; left out: until unblocked. */
  for?: string;
  force?: boolean;
  /** Who wishes it, and from where: one's own address is not blocked by mistake. */
  by: string;
  from: string;
}

/**
 * Blocks for a page or the API; holds in this process at once and in all others within a second.
 *
 * @throws {RequestError} 422 for what is no address, range or duration, 409 for a block that is
 * refused without force.
 */
export async function blockAsked(
  { kv, now, lists, config }: Services,
  wish: BlockWish,
): Promise<AccessEntry> {
  try {
    const { entry, changes } = await blockIp(kv, now, {
      ip: wish.ip.trim(),
      reason: wish.reason?.trim(),
      created_by: wish.by,
      expires_at: wish.for?.trim()
        ? now() + parseDuration(wish.for.trim())
        : null,
      force: wish.force,
      trustedProxies: config.trustedProxies,
      protectedIps: [wish.from],
    });
    lists.applyLocal(changes);
    return entry;
  } catch (error) {
    throw asRequestError(error);
  }
}

/** Takes a block back; null where there is none. Throws as {@linkcode blockAsked} does. */
export async function unblockAsked(
  { kv, now, lists }: Services,
  ip: string,
): Promise<AccessEntry | null> {
  try {
    const { removed, changes } = await unblockIp(kv, now, ip.trim());
    lists.applyLocal(changes);
    return removed;
  } catch (error) {
    throw asRequestError(error);
  }
}

/** Puts on the safelist, which lifts blocks. Throws as {@linkcode blockAsked} does. */
export async function allowAsked(
  { kv, now, lists }: Services,
  wish: Pick<BlockWish, "ip" | "reason" | "by">,
): Promise<{ entry: AccessEntry; lifted: AccessEntry[] }> {
  try {
    const { entry, lifted, changes } = await allowIp(kv, now, {
      ip: wish.ip.trim(),
      reason: wish.reason?.trim(),
      created_by: wish.by,
    });
    lists.applyLocal(changes);
    return { entry, lifted };
  } catch (error) {
    throw asRequestError(error);
  }
}

/** Takes off the safelist; null where it was not there. Throws as {@linkcode blockAsked} does. */
export async function disallowAsked(
  { kv, now, lists }: Services,
  ip: string,
): Promise<AccessEntry | null> {
  try {
    const { removed, changes } = await disallowIp(kv, now, ip.trim());
    lists.applyLocal(changes);
    return removed;
  } catch (error) {
    throw asRequestError(error);
  }
}

/** Bad input comes out of lib/net and the lists as a RangeError or SyntaxError with a sentence. */
function asRequestError(error: unknown): unknown {
  if (error instanceof SyntaxError) return new RequestError(422, error.message);
  if (error instanceof RangeError) {
    const refused = error.message.includes("without force");
    return new RequestError(refused ? 409 : 422, error.message);
  }
  return error;
}
