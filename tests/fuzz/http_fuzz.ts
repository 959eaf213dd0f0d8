/**
 * Fuzzes a running server over bare TCP connections: `deno task fuzz [origin] [requests] [seed]`,
 * or as part of the tests, see http_fuzz_test.ts.
 *
 * @module
 */
import { Chance } from "./random.ts";
import { type FuzzIdentity, fuzzRequest } from "./requests.ts";
import { FuzzConnection } from "./connection.ts";

/** The target, and the number of requests. */
export interface FuzzOptions {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  requests: number;
  seed: number;
  /** A session, to fuzz pages that require a login; null for signed-out requests only. */
  identity?: FuzzIdentity | null;
  /** @default {8} */
  connections?: number;
}

/** The result. */
export interface FuzzResult {
  sent: number;
  /** Responses by status. */
  answers: Map<number, number>;
  /** Responses that require a record, by status. */
  recorded: Map<number, number>;
  /** Complete requests without a response. */
  unanswered: string[];
  /** Requests with a response of 500 or more, cut to 2,000 characters. */
  failures: { status: number; wire: string }[];
}

const MAX_KEPT = 20;
/** Requests without a record have one of these words in their line. */
const UNLOGGED = /^[^\r\n]*(healthz|metrics|styles|favicon|_fresh|robots)/i;

/** Sends `requests` malformed requests; never throws because of the server. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { origin, requests, seed, identity = null, connections = 8 } = options;
  const chance = new Chance(seed);
  const result: FuzzResult = {
    sent: 0,
    answers: new Map(),
    recorded: new Map(),
    unanswered: [],
    failures: [],
  };
  async function run(): Promise<void> {
    let connection: FuzzConnection | null = null;
    while (result.sent < requests) {
      result.sent++;
      const request = fuzzRequest(chance, identity);
      const isFresh = connection === null;
      connection ??= await FuzzConnection.open(origin);
      let exchange = await connection.exchange(request);
      if (exchange.status === null && request.isWhole && !isFresh) {
        // The server may close a connection after a response; only a new one shows whether it is
        // alive.
        connection.close();
        connection = await FuzzConnection.open(origin);
        exchange = await connection.exchange(request);
      }
      const { status, isReusable } = exchange;
      if (status === null) {
        if (request.isWhole && result.unanswered.length < MAX_KEPT) {
          result.unanswered.push(request.wire.slice(0, 2_000));
        }
      } else {
        result.answers.set(status, (result.answers.get(status) ?? 0) + 1);
        if (exchange.isOurs && !UNLOGGED.test(request.wire.slice(0, 8_000))) {
          result.recorded.set(status, (result.recorded.get(status) ?? 0) + 1);
        }
        if (status >= 500 && result.failures.length < MAX_KEPT) {
          const wire = request.wire.slice(0, 2_000);
          result.failures.push({ status, wire });
        }
      }
      if (!isReusable) {
        connection.close();
        connection = null;
      }
    }
    connection?.close();
  }
  await Promise.all(Array.from({ length: connections }, run));
  return result;
}

if (import.meta.main) {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(
      "Usage: deno task fuzz [origin] [requests] [seed]\n\n" +
        "Sends malformed requests to a running server; ends with status 1 where one is answered 5xx.",
    );
    Deno.exit(0);
  }
  const [origin = "http://127.0.0.1:8000", requests = "200000", seed = "1"] =
    Deno.args;
  const started = performance.now();
  const result = await fuzz({
    origin,
    requests: Number(requests),
    seed: Number(seed),
  });
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${result.sent} requests in ${seconds.toFixed(1)} s, seed ${seed}`,
  );
  console.log([...result.answers].sort(([a], [b]) => a - b));
  for (const { status, wire } of result.failures) {
    console.log(status, JSON.stringify(wire));
  }
  if (result.failures.length > 0) Deno.exit(1);
}
