/** A page for developers that shows an error with its stack. */
export function errorDocument(error: unknown, status: number): Response {
  const stack = escapeHtml(
    error instanceof Error ? stackOf(error) : Deno.inspect(error),
  );
  const title = escapeHtml(
    error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  );
  return new Response(
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">` +
      `<title>${title}</title></head><body>` +
      `<h1>${title}</h1><pre>${stack}</pre></body></html>`,
    { status, headers: { "content-type": "text/html; charset=utf-8" } },
  );
}

function stackOf(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error
    ? `${own}\nCaused by: ${stackOf(error.cause)}`
    : own;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
