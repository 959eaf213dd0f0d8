const nonces = new WeakMap<Response, string>();

/** Records the nonce of a page; a copy of the response has none. */
export function setNonce(response: Response, nonce: string): void {
  nonces.set(response, nonce);
}

/** The nonce of a rendered page. */
export function nonceOf(response: Response): string | undefined {
  return nonces.get(response);
}
