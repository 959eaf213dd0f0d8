/** What one derivation costs, in one lane. */
export interface Argon2Params {
  /** Memory in KiB. */
  m: number;
  /** Iterations. */
  t: number;
}

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two iterations, one lane. */
export const OWASP_PARAMS: Argon2Params = { m: 19_456, t: 2 };

/** One derivation, in a form that can be sent to a worker. */
export interface Argon2Job extends Argon2Params {
  password: Uint8Array;
  /** 16 bytes. */
  salt: Uint8Array;
  /** Bytes of output. */
  length: number;
}

/**
 * Derives a key with argon2id. Occupies the thread for about 30 ms at OWASP's parameters. libsodium
 * keeps its memory from one time to the next: to map and clear 19 MiB for each would take as long
 * again, and slow down every thread of the process.
 *
 * @throws {TypeError} unless the salt has 16 bytes.
 */
export async function derive(job: Argon2Job): Promise<Uint8Array> {
  // Loaded when needed: the serving thread usually leaves this to workers.
  const { default: sodium } = await import("libsodium-wrappers-sumo");
  await sodium.ready;
  return sodium.crypto_pwhash(
    job.length,
    job.password,
    job.salt,
    job.t,
    job.m * 1_024,
    sodium.crypto_pwhash_ALG_ARGON2ID13,
  );
}
