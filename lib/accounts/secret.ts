/** A new secret of 256 bits, in 43 characters that a cookie or a URL takes as they are. */
export function newSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Whether a text could be a {@linkcode newSecret}; nothing else is worth asking the store for. */
export function isSecret(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}
