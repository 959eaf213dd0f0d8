/**
 * Responses without Fresh's pages: a few bytes, without links or styles.
 *
 * @module
 */
import { problem, titleOf } from "./problem.ts";

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** A bare page; or a problem document for a path of the API. `detail` is plain text. */
export function plainAnswer(
  status: number,
  path: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  if (path === "/api" || path.startsWith("/api/")) {
    return problem(status, detail, { ...HEADERS, ...headers });
  }
  const title = titleOf(status);
  return new Response(
    `<!doctype html><html lang="en"><title>${title}</title>` +
      '<meta name="viewport" content="width=device-width">' +
      '<meta name="color-scheme" content="light dark">' +
      `<main><h1>${title}</h1><p>${detail}</p></main>`,
    { status, headers: { ...HEADERS, ...headers } },
  );
}
