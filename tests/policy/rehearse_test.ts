import { assert, assertEquals } from "@std/assert";
import { guardHandler } from "../../lib/guard/mod.ts";
import { scanRequests } from "../../lib/log/request_query.ts";
import { rehearsePolicy } from "../../lib/policy/rehearse.ts";
import { restingKv } from "./_resting_kv.ts";

const START = 1_700_000_000_000;
const GONE = { path: "/gone*", status: 404 };
const HEAD = { method: "HEAD", status: "2xx" };
const RULES = [
  { name: "friend", allow: true, when: { ip: "203.0.113.1", path: "/api/*" } },
  { name: "php", refuse: true, when: { path: "*.php" } },
  { name: "asked", challenge: true, when: { user_agent: "*headless*" } },
  { name: "api", limit: "5/m", when: { path: "/api/*" } },
  { name: "posts", limit: "3 in 2m", by: "network", when: { method: "POST" } },
  { name: "all", limit: "35/m", by: "all" },
  { name: "guesses", block: "1m", after: "4 in 90s", when: GONE },
  { name: "crowd", block: "10s", by: "network", after: "9 in 2m", when: HEAD },
  { name: "old", track: true, when: { path: "/v1/*" } },
];

/** Ordinary requests, the same every time. */
function* traffic(): Generator<{ at: number; ip: string; request: Request }> {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % n;
  };
  const paths = [
    "/",
    "/api/a",
    "/api/b",
    "/x.php",
    "/caf%C3%A9",
    "/v1/old",
    "/gone",
  ];
  for (let at = START; at < START + 600_000; at += random(1_500)) {
    const method = ["POST", "HEAD", "GET"][Math.min(2, random(5))]!;
    const agent = random(9) === 0 ? "HeadlessChrome/120" : "Mozilla/5.0";
    yield {
      at,
      ip: `203.0.113.${1 + random(6)}`,
      request: new Request(`http://example.org${paths[random(paths.length)]}`, {
        method,
        headers: { "user-agent": agent },
      }),
    };
  }
}

/** Sends the traffic through a guard; returns its log. */
async function play(kv: Deno.Kv, policy: unknown[]) {
  let now = START;
  const resting = restingKv(kv);
  const guarded = guardHandler(
    ({ url }) =>
      new Response(null, { status: url.endsWith("/gone") ? 404 : 200 }),
    { kv: resting.kv, policy, now: () => now },
  );
  const { log } = await guarded.ready();
  for (const { at, ip, request } of traffic()) {
    now = at;
    const response = await guarded(request, {
      remoteAddr: { transport: "tcp", hostname: ip, port: 1 },
      completed: Promise.resolve(),
    });
    await response.body?.cancel();
    // Counts may lead to a block, which is written later.
    await resting.rest();
  }
  await log.flush();
  await guarded.close();
  const range = { from: 0, to: now + 1 };
  return (await Array.fromAsync(scanRequests(kv, range, () => now))).flat();
}

Deno.test("a rehearsal says what the declaration then really does to the same requests", async () => {
  using before = await Deno.openKv(":memory:");
  using after = await Deno.openKv(":memory:");
  const plain = await play(before, []);
  const ruled = await play(after, RULES);
  const rehearsed = await rehearsePolicy({
    kv: before,
    now: () => START + 700_000,
    rules: RULES,
    since: START,
    ipv6Prefix: 64,
  });
  assertEquals(rehearsed.requests, plain.length);
  assertEquals(rehearsed.is_whole, true);
  const kept = ruled.filter(({ outcome, rule }) =>
    outcome === "blocked" && rule === null
  );
  const blocks = rehearsed.rules.filter(({ name }) =>
    name === "guesses" || name === "crowd"
  );
  for (const { name, requests } of blocks) {
    assert(requests > 0, `${name} never acted`);
  }
  assertEquals(
    blocks.reduce((sum, { requests }) => sum + requests, 0),
    kept.length,
  );
  for (const rule of rehearsed.rules) {
    const { name, requests, clients, top } = rule;
    if (blocks.includes(rule)) continue;
    const done = name === "old"
      // Requests counted by a track rule are allowed; nothing before it decides.
      ? ruled.filter((record) =>
        record.path.startsWith("/v1/") && record.rule === null &&
        record.outcome === "allowed"
      )
      : ruled.filter(({ rule }) => rule === name);
    assert(done.length > 0, `${name} never acted`);
    assertEquals([name, requests], [name, done.length]);
    assertEquals(clients, new Set(done.map((one) => one.ip_address)).size);
    const busiest = done.filter(({ ip_address }) =>
      ip_address === top[0]!.ip_address
    );
    assertEquals(top[0]!.requests, busiest.length);
  }
});

Deno.test("a rehearsal lets others have their turn, and says where its time ran out", async () => {
  using kv = await Deno.openKv(":memory:");
  const plain = await play(kv, []);
  const options = {
    kv,
    now: () => START + 700_000,
    rules: RULES,
    since: START,
    ipv6Prefix: 64,
  };
  let turns = 0;
  const whole = await rehearsePolicy({ ...options, pace: () => void turns++ });
  assertEquals([turns, whole.requests], [plain.length, plain.length]);

  const short = await rehearsePolicy({ ...options, budgetMs: 0 });
  assertEquals([short.is_whole, short.since], [false, START]);
  assert(short.requests > 0 && short.requests < whole.requests);
  // A partial result equals a rehearsal of the period that it covers.
  const { is_whole, ...said } = short;
  const upTo = await rehearsePolicy({ ...options, until: short.until });
  assertEquals({ ...upTo, is_whole: false }, { ...said, is_whole });
});
