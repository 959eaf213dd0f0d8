/** The languages that a request accepts, the best first; `["*"]` where it names none. */
export function acceptsLanguages(
  request: Pick<Request, "headers">,
): string[];
