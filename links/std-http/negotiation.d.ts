/** The languages that a request accepts, the best first; `["*"]` if it names none. */
export function acceptsLanguages(
  request: Pick<Request, "headers">,
): string[];
