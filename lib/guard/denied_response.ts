import { problem, titleOf } from "../http/problem.ts";
import type { RequestView } from "../http/request_view.ts";

/** The message for requests that the policy refuses. */
export interface Denial {
  /** Plain text. */
  detail: string;
  receipt?: string;
  headers?: Record<string, string>;
}

/** Whether a response should be a page: not on API paths, nor without HTML in `Accept`. */
export function wantsPage(
  { headers }: Pick<RequestView, "headers">,
  path: string,
): boolean {
  if (path === "/api" || path.startsWith("/api/")) return false;
  return (headers.get("accept") ?? "").toLowerCase().includes("text/html");
}

/** A bare page, or a problem (RFC 9457). */
export function deniedResponse(
  request: RequestView,
  path: string,
  status: number,
  { detail, receipt, headers = {} }: Denial,
): Response {
  if (!wantsPage(request, path)) {
    const response = problem(status, detail, headers);
    if (receipt === undefined) return response;
    const body = {
      type: "about:blank",
      title: titleOf(status),
      status,
      detail,
      receipt,
    };
    return new Response(JSON.stringify(body), {
      status,
      headers: response.headers,
    });
  }
  const title = titleOf(status);
  const id = receipt ? `<p>Receipt: <code>${receipt}</code></p>` : "";
  return new Response(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
      '<meta name="viewport" content="width=device-width">' +
      '<meta name="color-scheme" content="light dark">' +
      `<main><h1>${title}</h1><p>${escape(detail)}</p>${id}</main>`,
    {
      status,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        ...headers,
      },
    },
  );
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
