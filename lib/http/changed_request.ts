/**
 * A copy of a served request with another URL or body. Method and target stay as they were sent; a
 * new `Request` would change, parse or refuse them. The signal is read only on access, as Deno then
 * prints a warning on standard error.
 */
export function changedRequest(
  request: Request,
  { url = request.url, body = request.body }: {
    url?: string;
    body?: ReadableStream<Uint8Array> | null;
  },
): Request {
  const { method, headers } = request;
  const init = body === null
    ? { headers }
    : { method: "POST", headers, body, duplex: "half" };
  return Object.defineProperties(
    new Request("http://localhost/", init as RequestInit),
    {
      method: { value: method },
      url: { value: url },
      signal: { get: () => request.signal },
    },
  );
}
