import { assertEquals } from "@std/assert";
import { startApp } from "../_app.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";

const RULES = [
  { name: "php", refuse: true, when: { path: "*.php" } },
  { name: "posts", limit: "1/h", when: { method: "POST" } },
  { name: "asked", challenge: true, when: { path: "/asked*" } },
  { name: "host", refuse: true, when: { host: "old.example" } },
];

async function decide() {
  const app = await startApp({ env: { TRUSTED_PROXIES: "198.51.100.7" } });
  await applyPolicy(app.services.kv, { rules: RULES, by: "test", now: 1 });
  await app.services.policy.poll();
  const ask = (headers: Record<string, string>, peer?: string) =>
    app.fetch("/api/decide", {
      peer,
      headers: { "x-forwarded-for": "203.0.113.9", ...headers },
    });
  return { app, ask, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

Deno.test("/api/decide: 204, 403, 429 and 401 with the challenge's place", async () => {
  await using decided = await decide();
  const { ask } = decided;
  const status = async (headers: Record<string, string>) =>
    (await ask(headers)).status;
  assertEquals(await status({ "x-original-url": "/a?b=c" }), 204);
  assertEquals(await status({ "x-forwarded-uri": "/a" }), 204);
  assertEquals(await status({ "x-original-url": "/x.php" }), 403);
  assertEquals(await status({ "x-original-url": "/x%2ephp?a" }), 403);
  const post = { "x-original-method": "POST", "x-original-url": "/form" };
  assertEquals(await status(post), 204);
  const limited = await ask({
    "x-forwarded-method": "POST",
    "x-forwarded-uri": "/other",
  });
  assertEquals(limited.status, 429);
  assertEquals(limited.headers.get("retry-after"), "3600");
  const asked = await ask({
    "x-original-url": "https://a.example/asked?x=1&y",
  });
  assertEquals(asked.status, 401);
  assertEquals(
    asked.headers.get("location"),
    "/.well-known/portcullis/challenge?next=%2Fasked%3Fx%3D1%26y",
  );
  assertEquals(
    await status({ "x-original-url": "/a", "x-forwarded-host": "old.example" }),
    403,
  );
  assertEquals(await status({}), 400);
  assertEquals(await status({ "x-original-url": "a" }), 400);
});

Deno.test("/api/decide: nobody but a trusted proxy is told anything", async () => {
  await using decided = await decide();
  const refused = await decided.ask({ "x-original-url": "/" }, "192.0.2.1");
  assertEquals(refused.status, 403);
});

Deno.test("/api/decide: is logged as the original request, with its client and rule", async () => {
  await using decided = await decide();
  const { app, ask } = decided;
  await ask({
    "x-original-url": "/x.php?secret=1",
    "x-original-method": "PUT",
  });
  await app.services.log.flush();
  const { kv, now } = app.services;
  const { items } = await pageRequests(kv, { limit: 1 }, now);
  const { method, path, ip_address, rule, status, outcome } = items[0]!;
  assertEquals({ method, path, ip_address, rule, status, outcome }, {
    method: "PUT",
    path: "/x.php",
    ip_address: "203.0.113.9",
    rule: "php",
    status: 403,
    outcome: "blocked",
  });
});

Deno.test("/api/decide: a solution is for the challenge's page alone", async () => {
  await using decided = await decide();
  const asked = await decided.ask({
    "x-original-url": "/asked",
    "x-portcullis-solution": "1.2.3",
  });
  assertEquals(asked.status, 401);
});
