import { type Argon2Params, OWASP_PARAMS } from "./argon2.ts";
import { createArgon2Pool } from "./argon2_pool.ts";
import { isTooLong } from "./password_rules.ts";
import { formatPhc, parsePhc } from "./phc.ts";

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Hashes and checks passwords, off the thread that serves requests. */
export interface Hasher {
  /**
   * A PHC string for a new password.
   *
   * @throws {RangeError} if the password is empty or over 1,024 bytes.
   * @throws {BusyError} when too many passwords wait to be hashed.
   */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the hashed one, and if so, whether it should be hashed anew because
   * the parameters have changed since. Empty and overlong passwords are wrong without any work.
   * Where strangers keep the workers busy, the urgent ones go first.
   *
   * @throws {BusyError} when too many passwords wait to be hashed.
   */
  verify(
    password: string,
    phc: string,
    isUrgent?: boolean,
  ): Promise<{ ok: boolean; rehash: boolean }>;
  /**
   * Takes as long as `verify()` and fails: what is done for a name that no account has, so that
   * the time of an answer does not tell.
   *
   * @throws {BusyError} when too many passwords wait to be hashed.
   */
  dummyVerify(password: string): Promise<void>;
  /** Stops the workers; a later call starts them again. */
  close(): Promise<void>;
}

/** Options of {@linkcode createHasher}. */
export interface HasherOptions {
  /**
   * What a hash costs.
   * @default OWASP_PARAMS
   */
  params?: Argon2Params;
  /** The workers. */
  pool?: ReturnType<typeof createArgon2Pool>;
}

/** Argon2id with OWASP's parameters in a pool of workers. */
export function createHasher(options: HasherOptions = {}): Hasher {
  const { params = OWASP_PARAMS, pool = createArgon2Pool() } = options;
  const dummy = formatPhc({
    ...params,
    salt: new Uint8Array(SALT_BYTES),
    hash: new Uint8Array(HASH_BYTES),
  });

  async function verify(password: string, phc: string, isUrgent = false) {
    const expected = parsePhc(phc);
    if (expected === null || !isHashable(password)) {
      return { ok: false, rehash: false };
    }
    const { m, t, salt, hash } = expected;
    const actual = await pool.derive({
      ...{ m, t, salt },
      password: new TextEncoder().encode(password),
      length: hash.length,
    }, isUrgent);
    const ok = equal(actual, hash);
    const rehash = ok && (m !== params.m || t !== params.t);
    return { ok, rehash };
  }

  return {
    async hash(password) {
      if (!isHashable(password)) {
        throw new RangeError("Cannot hash password: expected 1 to 1,024 bytes");
      }
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
      const hash = await pool.derive({
        ...params,
        salt,
        password: new TextEncoder().encode(password),
        length: HASH_BYTES,
      });
      return formatPhc({ ...params, salt, hash });
    },
    verify,
    async dummyVerify(password) {
      await verify(password, dummy);
    },
    close: () => pool.close(),
  };
}

function isHashable(password: string): boolean {
  return password !== "" && !isTooLong(password);
}

/** Compares in a time that does not depend on where the bytes differ. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
