/**
 * The key of a secret: base64 after `whsec_`, else the text itself.
 *
 * @throws {SyntaxError} for bad base64.
 */
export function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  return secret.startsWith("whsec_")
    ? Uint8Array.fromBase64(secret.slice(6))
    : new TextEncoder().encode(secret);
}
