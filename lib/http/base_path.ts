/**
 * Serves the app under a path of a host that is shared with other sites. The app itself works as if
 * at the root: the path is removed from requests and added to responses.
 *
 * @module
 */
import { compressed } from "./compressed.ts";
import { changedRequest } from "./changed_request.ts";
import type { Handler } from "./drain.ts";
import { METHODS } from "./methods.ts";
import { faultOf } from "./received_url.ts";

/** HTML attributes that hold a path of this site, as Preact writes them. */
const LINKS = /(\s(?:href|action|src|formaction)=")\/(?!\/)/gi;
/** Imports in the inline script of a page with islands. */
const MODULES = /(\bfrom\s*"|\bimport\s*\(?\s*")(?=\/_fresh\/)/g;
const ROOT = /<html\b/i;

/**
 * Serves a handler under `base`, such as `/portcullis`; an empty one changes nothing. A reverse
 * proxy may strip the path or keep it.
 *
 * Text from visitors cannot pass for a link: Preact writes every `"` in a text or an attribute as
 * `&quot;`, and JSON in a script writes it as `\"`.
 */
export function underBasePath(base: string, handler: Handler): Handler {
  if (base === "") return handler;
  return async function underBase(request, info) {
    // Links are rewritten in the uncompressed page, which is compressed afterwards.
    const asked = uncompressed(incoming(base, request));
    const moved = await outgoing(base, await handler(asked, info));
    return await compressed(request, moved);
  };
}

function uncompressed(request: Request): Request {
  if (!request.headers.has("accept-encoding")) return request;
  const copy = changedRequest(request, {});
  copy.headers.delete("accept-encoding");
  return copy;
}

/** A path without `base`; null if it is not below it. */
export function pathBelow(base: string | null, path: string): string | null {
  if (base === null || !path.startsWith(base)) return null;
  const rest = path.slice(base.length);
  return rest === "" ? "/" : rest.startsWith("/") ? rest : null;
}

function incoming(base: string, request: Request): Request {
  const { url } = request;
  // A copy of such a request would throw, or would hide its fault from the guard.
  if (
    !METHODS.has(request.method) ||
    faultOf(url, request.headers.get("host")) !== null
  ) return request;
  const start = url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0 || !url.startsWith(base, start)) return request;
  const rest = url.slice(start + base.length);
  if (rest !== "" && !/^[/?#]/.test(rest)) return request;
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  return changedRequest(request, { url: url.slice(0, start) + path });
}

async function outgoing(base: string, response: Response): Promise<Response> {
  const location = response.headers.get("location");
  const moves = location?.startsWith("/") && !location.startsWith("//");
  const isPage = response.body !== null &&
    /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
  if (!moves && !isPage) return response;
  const headers = new Headers(response.headers);
  if (moves) headers.set("location", base + location);
  const { status, statusText } = response;
  if (!isPage) {
    return new Response(response.body, { status, statusText, headers });
  }
  headers.delete("content-length");
  const preloaded = headers.get("link");
  if (preloaded) headers.set("link", preloaded.replaceAll("</_", `<${base}/_`));
  const page = await response.text();
  const moved = page.replace(LINKS, `$1${base}/`)
    .replace(MODULES, `$1${base}`)
    .replace(ROOT, `<html data-base="${base}"`);
  return new Response(moved, { status, statusText, headers });
}
