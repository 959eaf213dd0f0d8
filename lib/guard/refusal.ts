/**
 * What a blocked client is told: that it is, and an id that leads an admin to the entry. No reason,
 * no rule, no expiry; those would teach an attacker how to come back.
 *
 * @module
 */
import { Lru } from "../base/lru.ts";

/**
 * Bare on purpose: an answer of more than 512 bytes, head and all, costs the server 16 µs and a
 * shorter one 10, and who is blocked may ask very often. Dark where the visitor likes it
 * dark, without a style element and the hash that would let it pass the policy.
 */
const HTML_HEAD = '<!doctype html><html lang="en"><title>Blocked</title>' +
  '<meta name="viewport" content="width=device-width">' +
  '<meta name="color-scheme" content="light dark">' +
  "<main><h1>Your IP has been blocked.</h1><p>Receipt: <code>";

/** Few, as each costs half a microsecond: `frame-ancestors` says what X-Frame-Options did. */
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

/**
 * The last blocked clients' responses. Making one takes 5 µs, most of it for the headers; a clone
 * takes 0.15 µs, and who is blocked tends to come again at once.
 */
const pages = new Lru<string, Response>(8_192);
const problems = new Lru<string, Response>(8_192);

/** The 403 for a blocked client: a page, or a problem (RFC 9457) where an API was called. */
export function blockedResponse(pathname: string, receipt: string): Response {
  const isApi = pathname === "/api" || pathname.startsWith("/api/");
  const made = isApi ? problems : pages;
  let response = made.get(receipt);
  if (response === undefined) {
    response = isApi ? blockedProblem(receipt) : blockedPage(receipt);
    made.set(receipt, response);
  }
  return response.clone();
}

function blockedPage(receipt: string): Response {
  return blocked(`${HTML_HEAD}${receipt}</code></main>`, HTML_HEADERS);
}

/** All of it is ASCII; whoever compresses sees that it is not worth it. */
function blocked(text: string, headers: [string, string][]): Response {
  return new Response(text, {
    status: 403,
    headers: [...headers, ["content-length", String(text.length)]],
  });
}

function blockedProblem(receipt: string): Response {
  const problem = {
    type: "about:blank",
    title: "Forbidden",
    status: 403,
    detail: "Your IP has been blocked.",
    receipt,
  };
  return blocked(JSON.stringify(problem), PROBLEM_HEADERS);
}
