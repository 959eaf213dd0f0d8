const KEY_BYTES = 32;

/**
 * 32 bytes in base64 or hexadecimal.
 *
 * @throws {RangeError} for anything else; the text is not in the message.
 */
export function parseSecretKey(text: string): Uint8Array {
  try {
    const bytes = /^[\da-f]{64}$/i.test(text)
      ? Uint8Array.fromHex(text)
      : Uint8Array.fromBase64(
        text.replaceAll("-", "+").replaceAll("_", "/"),
      );
    if (bytes.length === KEY_BYTES) return bytes;
  } catch {
    // Reported below, without the text.
  }
  throw new RangeError(
    `Cannot read a secret key: expected ${KEY_BYTES} bytes in base64 or hexadecimal`,
  );
}
