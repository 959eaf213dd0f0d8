/**
 * A response with changed headers: itself, or a copy if its headers are immutable, as those of
 * `Response.redirect()` and `fetch()` are.
 */
export function withHeaders(
  response: Response,
  change: (headers: Headers) => void,
): Response {
  try {
    change(response.headers);
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const headers = new Headers(response.headers);
    change(headers);
    const { status, statusText, body } = response;
    return new Response(body, { status, statusText, headers });
  }
}
