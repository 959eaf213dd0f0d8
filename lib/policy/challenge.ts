/**
 * Proof-of-work challenges. The client gets a puzzle that takes a browser a moment to solve and the
 * server a few microseconds to check; a solution earns a pass. Nothing is stored before a correct
 * solution, and a solution counts once.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Lru } from "../base/lru.ts";
import { hostCookie } from "../http/host_cookie.ts";
import { isStoreFailure, reach } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { createSha256Word } from "./sha256_word.ts";
import { networkOf } from "../net/network.ts";
import { HOUR, MINUTE } from "../base/duration.ts";

/** The client of a challenge: a pass is valid only for the same network and user agent. */
export interface Challenged {
  ip: string;
  userAgent: string;
}

/** A puzzle: parts that are solved one by one, by trial. */
export interface Puzzle {
  token: string;
  /** The hashed text, with the number of the part and a number to be found. */
  id: string;
  parts: number;
  /** The first 32 bits of each hash must be lower. */
  below: number;
}

/** Options of {@linkcode Challenges}. */
export interface ChallengesOptions {
  kv: Deno.Kv;
  now: () => number;
  /** The same in every process. */
  key: Uint8Array;
  /** The average number of hashes of the easiest puzzle. @default {40_000} */
  work?: number;
}

/** How long a pass is valid, in milliseconds. */
const PASS_MS = 12 * HOUR;
/** How long a puzzle may be solved, in milliseconds. */
const PUZZLE_MS = 5 * MINUTE;
/**
 * Many small parts take about the same time for all clients; one large one could take three times
 * as long.
 */
const PARTS = 8;
const HARDEST = 3;
const MAX_SOLUTION = 512;
/** The timeout of the store for each step, in milliseconds; the visitor is already waiting. */
const STORE_MS = 5_000;
/** How many solved puzzles a process remembers without reading the store. */
const MAX_REMEMBERED = 10_000;

/** Over https: `__Host-portcullis-pass` */
const passCookie = hostCookie("portcullis-pass", PASS_MS);

const sha256Word = createSha256Word();

/** The header field of a solution. */
export const SOLUTION_FIELD = "x-portcullis-solution";

/** See the module. */
export class Challenges {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #key: string;
  readonly #work: number;
  readonly #solved = new Set<string>();
  /** A cache of valid passes, as they are sent with every request. */
  readonly #good = new Lru<string, true>(4_096);

  constructor({ kv, now, key, work = 40_000 }: ChallengesOptions) {
    this.#kv = kv;
    this.#now = now;
    this.#key = key.toHex();
    this.#work = work;
  }

  /**
   * A puzzle for a client.
   *
   * @param doubt How suspicious the client is, 0 to 3: each step doubles the work.
   */
  puzzle(whom: Challenged, doubt: number): Puzzle {
    const level = Math.min(HARDEST, Math.max(0, Math.floor(doubt)));
    const expires = Math.ceil(this.#now() + PUZZLE_MS).toString(36);
    const random = crypto.getRandomValues(new Uint8Array(12));
    const id = random.toBase64({ alphabet: "base64url" });
    const body = `${expires}.${level}.${id}`;
    return {
      token: `${body}.${this.#sign("puzzle", body, whom)}`,
      id,
      parts: PARTS,
      below: this.#below(level),
    };
  }

  /**
   * Checks a solution: the token, then the numbers, separated by dots. Returns the value of the
   * pass cookie, or null.
   */
  async solve(solution: string, whom: Challenged): Promise<string | null> {
    // Already used: not worth a hash, however often it is sent.
    if (this.#solved.has(solution.split(".", 3)[2] ?? "")) return null;
    const id = this.check(solution, whom);
    if (id === null || !await this.#isFirst(id)) return null;
    const body = Math.ceil(this.#now() + PASS_MS).toString(36);
    return `${body}.${this.#sign("pass", body, whom)}`;
  }

  /** The id of a solved puzzle, or null; does not check whether it was used before. */
  check(solution: string, whom: Challenged): string | null {
    if (solution.length > MAX_SOLUTION) return null;
    const [expires, level, id, mac, ...numbers] = solution.split(".");
    if (mac === undefined || numbers.length !== PARTS) return null;
    const body = `${expires}.${level}.${id}`;
    if (!isSame(mac, this.#sign("puzzle", body, whom))) return null;
    if (!(parseInt(expires!, 36) > this.#now())) return null;
    const below = this.#below(Number(level));
    for (let part = 0; part < PARTS; part++) {
      const number = numbers[part]!;
      if (!/^\d{1,10}$/.test(number)) return null;
      if (sha256Word(`${id}.${part}.${number}`) >= below) return null;
    }
    return id!;
  }

  /** Whether a request has a pass that is valid for it. */
  hasPass(
    headers: Pick<Headers, "get">,
    whom: Challenged,
    secure: boolean,
  ): boolean {
    const pass = passCookie.read(headers, secure);
    if (pass === null || pass.length > 128) return false;
    const dot = pass.indexOf(".");
    const body = pass.slice(0, dot);
    if (!(parseInt(body, 36) > this.#now())) return false;
    const known = `${pass} ${whom.ip} ${whom.userAgent}`;
    if (this.#good.get(known)) return true;
    const isGood = isSame(pass.slice(dot + 1), this.#sign("pass", body, whom));
    if (isGood && known.length < 1_024) this.#good.set(known, true);
    return isGood;
  }

  /** Sets a pass in a browser. */
  setPass(headers: Headers, pass: string, secure: boolean): void {
    passCookie.set(headers, pass, secure);
  }

  #below(level: number): number {
    return Math.floor(2 ** 32 * PARTS / (this.#work * 2 ** level));
  }

  /**
   * A keyed hash, hashed again with the key to prevent length extension; HMAC costs three times as
   * much here. 24 characters are 144 bits.
   */
  #sign(what: string, body: string, { ip, userAgent }: Challenged): string {
    const network = networkOf(ip) ?? ip;
    const inner = this.#hash(`${what}\n${body}\n${network}\n${userAgent}`);
    return this.#hash(inner).slice(0, 24);
  }

  #hash(text: string): string {
    return createHash("sha256").update(this.#key + text).digest("base64url");
  }

  /** Whether this solution is unused, in all processes. */
  async #isFirst(id: string): Promise<boolean> {
    // Of concurrent uses in this process, only one reads the store.
    if (this.#solved.has(id)) return false;
    if (this.#solved.size >= MAX_REMEMBERED) this.#solved.clear();
    this.#solved.add(id);
    const key = keys.challengeSolved(id);
    const expires_at = this.#now() + 2 * PUZZLE_MS;
    try {
      return await compareAndSet(async () => {
        const known = await reach(() => this.#kv.get(key), STORE_MS);
        if (known.value !== null) return false;
        const { ok } = await reach(
          () =>
            this.#kv.atomic().check(known)
              .set(key, { expires_at }, { expireIn: 2 * PUZZLE_MS }).commit(),
          STORE_MS,
        );
        return ok ? true : undefined;
      });
    } catch (error) {
      // If the store fails, the solution is not accepted: the page asks to try again.
      if (isStoreFailure(error)) return false;
      throw error;
    }
  }
}

/** Compares in constant time for texts of one length. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) {
    difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  }
  return difference === 0;
}
