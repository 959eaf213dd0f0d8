import type { Argon2Params } from "./argon2.ts";

/** A password hash taken apart. */
export interface PhcHash extends Argon2Params {
  salt: Uint8Array;
  hash: Uint8Array;
}

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, the PHC string format. */
export function formatPhc({ m, t, p, salt, hash }: PhcHash): string {
  return `$argon2id$v=19$m=${m},t=${t},p=${p}$${base64(salt)}$${base64(hash)}`;
}

/** Takes a hash apart, or null where the text is not one of argon2id, version 19. */
export function parsePhc(text: string): PhcHash | null {
  const match = PHC.exec(text);
  if (match === null) return null;
  const [, m, t, p, salt, hash] = match;
  try {
    return {
      m: Number(m),
      t: Number(t),
      p: Number(p),
      salt: Uint8Array.fromBase64(salt!),
      hash: Uint8Array.fromBase64(hash!),
    };
  } catch {
    return null;
  }
}

// At most 999 MiB, 99 iterations and 9 lanes: a hash from elsewhere cannot stop the server.
const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=([1-9])\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}
