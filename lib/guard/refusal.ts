/**
 * What a blocked client is told: that it is, and an id that leads an admin to the entry. No reason,
 * no rule, no expiry; those would teach an attacker how to come back.
 *
 * @module
 */
import { Lru } from "../lru.ts";

const HTML_HEAD = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Blocked</title>
<style>
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-content:center;text-align:center;padding:1rem}
h1{font-size:1.5rem;margin:0 0 .5rem}
code{font:1rem ui-monospace,monospace}
</style>
</head>
<body>
<main>
<h1>Your IP has been blocked.</h1>
<p>Receipt: <code>`;
const HTML_TAIL = `</code></p>
</main>
</body>
</html>
`;

/** The hash of the page's one style element lets it pass a policy that forbids inline styles. */
const STYLE_HASH = await sha256Base64(
  HTML_HEAD.slice(
    HTML_HEAD.indexOf("<style>") + 7,
    HTML_HEAD.indexOf("</style>"),
  ),
);

const COMMON = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};
const HTML_HEADERS = Object.entries({
  ...COMMON,
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
}) as [string, string][];
const PROBLEM_HEADERS = Object.entries({
  ...COMMON,
  "content-type": "application/problem+json",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}) as [string, string][];

/**
 * The last blocked clients' responses. Making one takes 5 µs, most of it for the headers; a clone
 * takes 0.15 µs, and who is blocked tends to come again at once.
 */
const pages = new Lru<string, Response>(512);
const problems = new Lru<string, Response>(512);

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
  return new Response(HTML_HEAD + receipt + HTML_TAIL, {
    status: 403,
    headers: HTML_HEADERS,
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
  return new Response(JSON.stringify(problem), {
    status: 403,
    headers: PROBLEM_HEADERS,
  });
}

async function sha256Base64(text: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
