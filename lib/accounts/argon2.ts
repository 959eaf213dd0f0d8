import { argon2id } from "hash-wasm";

/** What one derivation costs. */
export interface Argon2Params {
  /** Memory in KiB. */
  m: number;
  /** Iterations. */
  t: number;
  /** Parallelism. */
  p: number;
}

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two iterations, one lane. */
export const OWASP_PARAMS: Argon2Params = { m: 19_456, t: 2, p: 1 };

/** One derivation, in a form that can be sent to a worker. */
export interface Argon2Job extends Argon2Params {
  password: Uint8Array;
  salt: Uint8Array;
  /** Bytes of output. */
  length: number;
}

/** Derives a key with argon2id. Occupies the thread for about 50 ms at OWASP's parameters. */
export function derive(job: Argon2Job): Promise<Uint8Array> {
  return argon2id({
    password: job.password,
    salt: job.salt,
    memorySize: job.m,
    iterations: job.t,
    parallelism: job.p,
    hashLength: job.length,
    outputType: "binary",
  });
}
