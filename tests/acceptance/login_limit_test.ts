import { assert, assertEquals } from "@std/assert";
import type { RequestItem } from "../../lib/log/request_item.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { startWithAdmin } from "./_admin.ts";
import { waitFor } from "../_wait.ts";

const ATTEMPTS = 200;

/**
 * Sends wrong logins concurrently, the n-th to `origins[n % length]`; resolves to the responses.
 */
async function attempt(
  origins: string[],
  headers: (n: number) => Record<string, string> = () => ({}),
): Promise<Response[]> {
  return await Promise.all(Array.from({ length: ATTEMPTS }, async (_, n) => {
    const response = await fetch(`${origins[n % origins.length]}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers(n) },
      body: JSON.stringify({ username: "root", password: `a wrong one ${n}` }),
    });
    await response.text();
    return response;
  }));
}

function tally(responses: Response[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of responses) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

Deno.test("login limit: of 200 attempts at once from one address, exactly 5 reach the password check", async () => {
  await using server = await startServer();
  const responses = await attempt([server.origin]);
  assertEquals(tally(responses), { 401: 5, 429: 195 });
  for (const { status, headers } of responses) {
    assertEquals(headers.get("ratelimit-policy"), '"login";q=5;w=60');
    assert(/^"login";r=\d;t=\d+$/.test(headers.get("ratelimit") ?? ""));
    if (status !== 429) continue;
    const wait = Number(headers.get("retry-after"));
    assert(Number.isInteger(wait) && wait >= 1 && wait <= 60, `${wait}`);
  }
  // The limit is still active a moment later, for the form as well as the API.
  const form = await fetch(`${server.origin}/login`, {
    method: "POST",
    headers: { origin: server.origin },
    body: new URLSearchParams({ username: "root", password: "wrong" }),
  });
  assertEquals(form.status, 429);
  await form.body?.cancel();
});

Deno.test("login limit: two processes on one KV together let exactly 5 through", async () => {
  const kvPath = await temporaryKvPath();
  {
    await using first = await startServer({ kvPath });
    await using second = await startServer({ kvPath });
    const responses = await attempt([first.origin, second.origin]);
    assertEquals(tally(responses), { 401: 5, 429: 195 });
  }
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
});

Deno.test("login limit: another X-Forwarded-For on each attempt changes nothing", async () => {
  await using server = await startServer();
  const responses = await attempt([server.origin], (n) => ({
    "x-forwarded-for": `203.0.113.${n}`,
    "x-real-ip": `203.0.113.${n}`,
    "cf-connecting-ip": `203.0.113.${n}`,
    forwarded: `for=203.0.113.${n}`,
  }));
  assertEquals(tally(responses), { 401: 5, 429: 195 });
});

Deno.test("login limit: behind a trusted proxy the leftmost address is no way around it", async () => {
  await using server = await startServer({
    env: { TRUSTED_PROXIES: "127.0.0.1" },
  });
  const responses = await attempt([server.origin], (n) => ({
    "x-forwarded-for": `127.0.0.1, 192.0.2.${n}, 203.0.113.9`,
  }));
  assertEquals(tally(responses), { 401: 5, 429: 195 });
  // Another client behind the same proxy is not affected.
  const other = await fetch(`${server.origin}/api/login`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-forwarded-for": "203.0.113.10",
    },
    body: JSON.stringify({ username: "root", password: "wrong one" }),
  });
  assertEquals(other.status, 401);
  await other.body?.cancel();
});

Deno.test("login limit: addresses of one IPv6 /64 share it, those of another do not", async () => {
  await using server = await startServer({
    env: { TRUSTED_PROXIES: "127.0.0.1" },
  });
  const responses = await attempt([server.origin], (n) => ({
    "x-forwarded-for": `2a00:1450:${n % 2}::${n.toString(16)}`,
  }));
  assertEquals(tally(responses), { 401: 10, 429: 190 });
});

Deno.test("login limit: signed in, exactly 10 of 200 attempts at once pass", async () => {
  await using server = await startWithAdmin();
  const authorization = `Bearer ${server.token}`;
  const responses = await attempt([server.origin], () => ({ authorization }));
  assertEquals(tally(responses), { 401: 10, 429: 190 });
});

Deno.test("login limit: refused attempts are in the request log as limited", async () => {
  await using server = await startWithAdmin();
  // The admin's own login was the first of five.
  assertEquals(tally(await attempt([server.origin])), { 401: 4, 429: 196 });
  const records = await waitFor("201 records", async () => {
    const all = await server.all<RequestItem>("/api/requests?path=/api/login");
    return all.length >= 201 && all;
  });
  const counts: Record<string, number> = {};
  for (const { status, outcome } of records) {
    const name = `${status} ${outcome}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  assertEquals(counts, {
    "200 allowed": 1,
    "401 allowed": 4,
    "429 limited": 196,
  });
});
