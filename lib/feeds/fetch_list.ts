import { sendOutbound } from "../net/outbound.ts";
import { ListError, MAX_LIST_BYTES } from "./list_reader.ts";

/** A fetched list, or that it has not changed. */
export type FetchedList =
  | { kind: "unchanged" }
  | {
    kind: "list";
    body: Uint8Array;
    etag: string | null;
    last_modified: string | null;
  };

/** What is known of the list that is in force, for a conditional request. */
export interface KnownList {
  etag: string | null;
  last_modified: string | null;
}

/** Fetches a list; rejects with an error of one sentence where that fails. */
export type FetchList = (
  url: string,
  known: KnownList | null,
) => Promise<FetchedList>;

/** Options for {@linkcode listFetcher}. */
export interface ListFetcherOptions {
  /** `OUTBOUND_PRIVATE`. */
  allowPrivate: boolean;
  /** For all of it, in milliseconds. @default {30_000} */
  timeoutMs?: number;
  /** @default {MAX_LIST_BYTES} */
  maxBytes?: number;
  /** @default {sendOutbound} */
  send?: typeof sendOutbound;
}

/** Longer validators are ignored. */
const MAX_VALIDATOR = 200;

/** Fetches lists over HTTP, conditionally where something is known of them. */
export function listFetcher(
  {
    allowPrivate,
    timeoutMs = 30_000,
    maxBytes = MAX_LIST_BYTES,
    send = sendOutbound,
  }: ListFetcherOptions,
): FetchList {
  return async function fetchList(url, known) {
    const headers: Record<string, string> = {
      accept: "text/plain, application/json, */*;q=0.5",
    };
    if (known?.etag) headers["if-none-match"] = known.etag;
    if (known?.last_modified) {
      headers["if-modified-since"] = known.last_modified;
    }
    const answer = await send(url, {
      headers,
      timeoutMs,
      maxBytes,
      allowPrivate,
      redirects: 3,
    });
    const { status, body } = answer;
    if (status === 304 && known !== null) return { kind: "unchanged" };
    if (status !== 200) {
      throw new ListError(
        `${new URL(url).host} answered ${status}: expected 200`,
      );
    }
    return {
      kind: "list",
      body,
      etag: validator(answer.headers.get("etag")),
      last_modified: validator(answer.headers.get("last-modified")),
    };
  };
}

function validator(text: string | null): string | null {
  return text && text.length <= MAX_VALIDATOR && /^[\x20-\x7e]+$/.test(text)
    ? text
    : null;
}
