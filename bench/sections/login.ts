import { createThrottle } from "../../lib/limits/throttle.ts";
import { startServer, type TestServer } from "../../tests/_server.ts";
import { type Figure, figure } from "../figure.ts";
import { type Load, loadAt } from "../load.ts";
import { median, short } from "../numbers.ts";
import { newStore } from "../process.ts";
import { byTurns, rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";

const PASSWORD = "correct horse battery staple";
/** Number of concurrent logins. */
const LOGINS = 30;
/** Visitors' requests per second at the same time. */
const RATE = 200;

/** The limiter's decisions, and the effect of many logins on visitors. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  return [...await decisions(options), ...await underLogins(options)];
}

/** Decisions per second of one process, with 64 concurrent attempts. */
async function decisions(options: BenchOptions): Promise<Figure[]> {
  using kv = await Deno.openKv(newStore(options));
  const throttle = createThrottle({ kv, now: Date.now, name: "bench" });
  const rate = { limit: 5, windowMs: 60_000 };
  const ms = options.quick ? 300 : 1_500;
  let address = 0;
  let refused = 0;

  async function decide(subject: () => string): Promise<number> {
    const started = performance.now();
    let done = 0;
    await Promise.all(Array.from({ length: 64 }, async () => {
      while (performance.now() - started < ms) {
        const { allowed } = await throttle.take(subject(), rate);
        if (!allowed) refused++;
        done++;
        // Refusals come from memory; this lets other tasks run.
        if (done % 1_000 === 0) await new Promise((go) => setTimeout(go, 0));
      }
    }));
    return done / (performance.now() - started) * 1_000;
  }
  const times = options.quick ? 2 : 5;
  const strangers = await rounds(times, () => decide(() => `a${address++}`));
  const one = await rounds(times, () => decide(() => "the same"));
  return [
    figure("limiter: decisions about new addresses", "/s", strangers, {
      note: "each is a commit; see kv for the store's own limit",
    }),
    figure("limiter: decisions about one over its limit", "/s", one, {
      note: `${short(refused)} refused`,
    }),
  ];
}

async function underLogins(options: BenchOptions): Promise<Figure[]> {
  await using server = await startServer({
    kvPath: newStore(options),
    env: {
      TRUSTED_PROXIES: "127.0.0.1",
      LOGIN_RATE_ANONYMOUS: "100000/s",
      LOGIN_RATE_ACCOUNT: "100000/s",
      SIGNUP_RATE: "100000/s",
    },
  });
  await Promise.all(
    Array.from({ length: LOGINS }, (_, n) => post(server, "signup", n, 0)),
  );
  const seconds = options.quick ? 0.5 : 3;
  const logins: number[] = [];
  const ask = () => loadAt(RATE, `${server.origin}/`, { seconds });
  async function askUnderLogins(): Promise<Load> {
    const over = new AbortController();
    const started = performance.now();
    const flood = logInUntil(over.signal, server);
    const measured = await ask();
    over.abort();
    const count = await flood;
    logins.push(count / (performance.now() - started) * 1_000);
    return measured;
  }
  await ask();
  const { of, to, values } = await byTurns(
    options,
    askUnderLogins,
    ask,
    (during, alone) => during.p99 / alone.p99,
    { quick: 1 },
  );
  const pair = (pick: (load: Load) => number) =>
    [of, to].map((all) => short(median(all.map(pick)))).join(" : ");
  return [
    figure(`logins a second, ${LOGINS} under way`, "/s", logins, {
      note: "argon2id, 19 MiB, two iterations, as the product has it",
    }),
    figure(`p99 of / under ${LOGINS} logins ÷ without`, "×", values, {
      goal: ["≤", 3],
      note: `at ${RATE} requests/s p50 ${pair(({ p50 }) => p50)}, p99 ${
        pair(({ p99 }) => p99)
      } ms`,
    }),
  ];
}

/**
 * The same number of users log in repeatedly, from new addresses each time; returns the number of
 * logins.
 */
async function logInUntil(
  over: AbortSignal,
  server: TestServer,
): Promise<number> {
  let count = 0;
  await Promise.all(Array.from({ length: LOGINS }, async (_, user) => {
    for (let n = 0; !over.aborted; n++) {
      await post(server, "login", user, n);
      count++;
    }
  }));
  return count;
}

/** Signs a user up or logs one in, from one of 250 addresses. */
async function post(
  { origin }: TestServer,
  what: "signup" | "login",
  user: number,
  n: number,
): Promise<void> {
  const response = await fetch(`${origin}/api/${what}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-forwarded-for": `198.18.${user}.${n % 250 + 1}`,
    },
    body: JSON.stringify({ username: `bench${user}`, password: PASSWORD }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`);
}
