import { staticFiles } from "fresh";
import { withHeaders } from "../lib/http/with_headers.ts";
import { CompressedFiles } from "./compressed_files.ts";
import { define, type State } from "../utils.ts";

/** Longer paths have no file, and some file systems fail on them. */
const LONGEST_PATH = 512;

/**
 * Fresh's staticFiles(), except what differs between its versions or should not be served: a file's
 * path with a slash at the end, and the list of sources that the bundler leaves beside the scripts.
 * A 304 gets the `ETag` of the version that is still valid (RFC 9110, section 15.4.5).
 */
export function ourFiles() {
  const files = staticFiles<State>();
  const compressed = new CompressedFiles();
  return define.middleware(async function ourFiles(ctx) {
    const { pathname } = ctx.url;
    if (
      pathname.length > LONGEST_PATH || pathname.endsWith("/") ||
      pathname.endsWith("/metafile.json")
    ) return ctx.next();
    const response = await files(ctx);
    if (response.status === 405 && !response.headers.has("allow")) {
      return withHeaders(response, (all) => all.set("allow", "GET, HEAD"));
    }
    if (response.status === 200) return compressed.answer(ctx.req, response);
    const asked = ctx.req.headers.get("if-none-match");
    if (
      response.status !== 304 || response.headers.has("etag") ||
      asked === null || !ONE_TAG.test(asked)
    ) return response;
    return withHeaders(response, (headers) => {
      headers.set("etag", asked);
      if (!headers.has("cache-control")) {
        headers.set("cache-control", "no-cache");
      }
    });
  });
}

const ONE_TAG = /^(?:W\/)?"[^"]*"$/;
