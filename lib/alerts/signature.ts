/**
 * Signatures by Standard Webhooks, which receivers can verify with its libraries: HMAC-SHA256 of
 * `<id>.<timestamp>.<body>`.
 *
 * @module
 */
import { secretBytes } from "../base/secret_bytes.ts";

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
