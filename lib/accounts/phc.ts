import type { Argon2Params } from "./argon2.ts";

/** A password hash taken apart. */
export interface PhcHash extends Argon2Params {
  salt: Uint8Array;
  hash: Uint8Array;
}

/** `$argon2id$v=19$m=…,t=…,p=1$salt$hash`, the PHC string format; the salt has 16 bytes. */
export function formatPhc({ m, t, salt, hash }: PhcHash): string {
  return `$argon2id$v=19$m=${m},t=${t},p=1$${base64(salt)}$${base64(hash)}`;
}

/** Takes a hash apart, or null where the text is none that {@linkcode formatPhc} could have made. */
export function parsePhc(text: string): PhcHash | null {
  const match = PHC.exec(text);
  if (match === null) return null;
  const [, m, t, salt, hash] = match;
  try {
    return {
      m: Number(m),
      t: Number(t),
      salt: Uint8Array.fromBase64(salt!),
      hash: Uint8Array.fromBase64(hash!),
    };
  } catch {
    return null;
  }
}

// At most 999 MiB and 99 iterations: a hash from elsewhere cannot stop the server.
const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{22,86})$/;

function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}
