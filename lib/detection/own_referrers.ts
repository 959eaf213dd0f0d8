import type { RequestRecord } from "../log/request_record.ts";

const MAX_PATHS = 50_000;
const MAX_ORIGINS = 1_000;
const URL_LIKE = /^(https?:\/\/([^/?#]+))([^?#]*)/i;

/**
 * Recognizes requests whose referrer is a page of the site itself. If the log has no host name, an
 * origin counts as own after one of its pages, other than the root page, was served here. A client
 * can forge that, so it has little weight.
 */
export class OwnReferrers {
  readonly #served = new Set<string>();
  readonly #origins = new Set<string>();

  /** Records that a path was served. */
  served(path: string): void {
    if (this.#served.size < MAX_PATHS) this.#served.add(path);
  }

  /** Whether the referrer of a request is one of the site's pages. */
  has(
    { referrer, host }: Pick<RequestRecord, "referrer"> & {
      host?: string | null;
    },
  ): boolean {
    if (referrer === null) return false;
    const found = URL_LIKE.exec(referrer);
    if (found === null) return false;
    const [, origin, authority, path] = found;
    if (host) return authority!.toLowerCase() === host;
    const name = origin!.toLowerCase();
    if (path !== "" && path !== "/" && this.#served.has(path!)) {
      if (this.#origins.size < MAX_ORIGINS) this.#origins.add(name);
      return true;
    }
    return this.#origins.has(name);
  }
}
