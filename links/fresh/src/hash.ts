/** The first 80 bits of the SHA-256 of some parts, in hex. */
export async function hash(...parts: (Uint8Array | string)[]): Promise<string> {
  const encoder = new TextEncoder();
  const digests = await Promise.all(parts.map((part) =>
    crypto.subtle.digest(
      "SHA-256",
      typeof part === "string"
        ? encoder.encode(part)
        : part as Uint8Array<ArrayBuffer>,
    )
  ));
  const all = await new Blob(digests).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", all);
  return new Uint8Array(digest).slice(0, 10).toHex();
}

/** The SHA-1 of a text, in hex. */
export async function sha1(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toHex();
}

/** The SHA-256 of some bytes, in hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const content = bytes as Uint8Array<ArrayBuffer>;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
}
