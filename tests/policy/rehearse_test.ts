import { assert, assertEquals } from "@std/assert";
import { guardHandler } from "../../lib/guard/mod.ts";
import { scanRequests } from "../../lib/log/request_query.ts";
import { rehearsePolicy } from "../../lib/policy/rehearse.ts";

const START = 1_700_000_000_000;
const RULES = [
  { name: "friend", allow: true, when: { ip: "203.0.113.1", path: "/api/*" } },
  { name: "php", refuse: true, when: { path: "*.php" } },
  { name: "asked", challenge: true, when: { user_agent: "*headless*" } },
  { name: "api", limit: "5/m", when: { path: "/api/*" } },
  { name: "posts", limit: "3 in 2m", by: "network", when: { method: "POST" } },
  { name: "all", limit: "60/m", by: "all" },
];

/** Requests that look like anybody's, the same every time. */
function* traffic(): Generator<{ at: number; ip: string; request: Request }> {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % n;
  };
  const paths = ["/", "/api/a", "/api/b", "/x.php", "/caf%C3%A9", "/v1/old"];
  for (let at = START; at < START + 600_000; at += random(1_500)) {
    const method = random(5) === 0 ? "POST" : "GET";
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

/** Sends the traffic through a guard; what its log then holds. */
async function play(kv: Deno.Kv, policy: unknown[]) {
  let now = START;
  const guarded = guardHandler(() => new Response("in"), {
    kv,
    policy,
    now: () => now,
  });
  const { log } = await guarded.ready();
  for (const { at, ip, request } of traffic()) {
    now = at;
    const response = await guarded(request, {
      remoteAddr: { transport: "tcp", hostname: ip, port: 1 },
      completed: Promise.resolve(),
    });
    await response.body?.cancel();
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
  for (const { name, requests, clients, top } of rehearsed.rules) {
    const done = ruled.filter(({ rule }) => rule === name);
    assert(done.length > 0, `${name} never acted`);
    assertEquals([name, requests], [name, done.length]);
    assertEquals(clients, new Set(done.map((one) => one.ip_address)).size);
    const busiest = done.filter(({ ip_address }) =>
      ip_address === top[0]!.ip_address
    );
    assertEquals(top[0]!.requests, busiest.length);
  }
});
