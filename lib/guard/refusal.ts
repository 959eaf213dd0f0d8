/**
 * The response to a blocked client: that it is blocked, and an id by which an admin finds the
 * entry. No reason, rule or expiry, which would help an attacker.
 *
 * @module
 */
import { textsLike } from "../http/text_like.ts";
import { RECEIPT_LENGTH } from "../lists/receipts.ts";

/**
 * Minimal on purpose: a response of more than 512 bytes, head included, costs the server 16 µs and
 * a shorter one 10, and a blocked client may send very many requests. Dark mode works without a
 * style element and the hash that the policy would need for it.
 */
const HTML_HEAD = '<!doctype html><html lang="en"><title>Blocked</title>' +
  '<meta name="viewport" content="width=device-width">' +
  '<meta name="color-scheme" content="light dark">' +
  "<main><h1>Your IP has been blocked.</h1><p>Receipt: <code>";

/** Few, as each costs half a microsecond: `frame-ancestors` replaces X-Frame-Options. */
const COMMON = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};
const HTML_HEADERS = Object.entries({
  ...COMMON,
  "content-type": "text/html; charset=utf-8",
}) as [string, string][];
const PROBLEM_HEADERS = Object.entries({
  ...COMMON,
  "content-type": "application/problem+json",
}) as [string, string][];

/** All receipts have this length; for a text of another length the response is created anew. */
const RECEIPT = "0".repeat(RECEIPT_LENGTH);
const page = refusalsLike(pageText, HTML_HEADERS);
const problem = refusalsLike(problemText, PROBLEM_HEADERS);

/** The 403 for a blocked client: a page, or a problem (RFC 9457) for API paths. */
export function blockedResponse(pathname: string, receipt: string): Response {
  const isApi = pathname === "/api" || pathname.startsWith("/api/");
  return isApi ? problem(receipt) : page(receipt);
}

/** All text is ASCII; `Content-Length` lets a compressor see that it is too short. */
function refusalsLike(
  textOf: (receipt: string) => string,
  headers: [string, string][],
): (receipt: string) => Response {
  const initFor = (receipt: string) => ({
    status: 403,
    headers: [
      ...headers,
      ["content-length", String(textOf(receipt).length)],
    ] as [string, string][],
  });
  const alike = textsLike(initFor(RECEIPT));
  return (receipt) =>
    receipt.length === RECEIPT_LENGTH
      ? alike(textOf(receipt))
      : new Response(textOf(receipt), initFor(receipt));
}

function pageText(receipt: string): string {
  return `${HTML_HEAD}${receipt}</code></main>`;
}

function problemText(receipt: string): string {
  return JSON.stringify({
    type: "about:blank",
    title: "Forbidden",
    status: 403,
    detail: "Your IP has been blocked.",
    receipt,
  });
}
