/**
 * Errors of the API as `application/problem+json` (RFC 9457).
 *
 * @module
 */

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The reason phrase of a status (RFC 9110), or "Error" for one that is not used here. */
export function titleOf(status: number): string {
  return TITLES[status] ?? "Error";
}

/**
 * A problem; `detail` says what happened to this request, in a sentence for people, and `type` the
 * kind of problem, if a program needs more than the status.
 */
export function problem(
  status: number,
  detail?: string,
  headers?: HeadersInit,
  type = "about:blank",
): Response {
  const response = Response.json({
    type,
    title: titleOf(status),
    status,
    ...(detail ? { detail } : {}),
  }, { status, headers });
  response.headers.set("content-type", "application/problem+json");
  response.headers.set("cache-control", "no-store");
  return response;
}
