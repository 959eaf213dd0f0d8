/**
 * Signatures as Standard Webhooks has them, so that receivers can check them with its libraries:
 * HMAC-SHA256 of `<id>.<timestamp>.<body>`.
 *
 * @module
 */

/** The headers that sign a body; `timestamp` is in milliseconds and sent in seconds. */
export async function signatureHeaders(
  secret: string,
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): Promise<Record<string, string>> {
  const seconds = String(Math.floor(timestamp / 1_000));
  const key = await crypto.subtle.importKey(
    "raw",
    secretBytes(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signature = await crypto.subtle.sign(
    "HMAC",
    key,
    new TextEncoder().encode(`${id}.${seconds}.${body}`),
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${new Uint8Array(signature).toBase64()}`,
  };
}

/**
 * The key of a secret: after `whsec_` stands base64, anything else is taken as it is.
 *
 * @throws {SyntaxError} for bad base64.
 */
export function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  return secret.startsWith("whsec_")
    ? Uint8Array.fromBase64(secret.slice(6))
    : new TextEncoder().encode(secret);
}
