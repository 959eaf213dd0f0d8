import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { scanRequests } from "../../lib/log/request_query.ts";
import { startServer } from "../_server.ts";
import { startProxy } from "../acceptance/_proxy.ts";
import { isInstalled } from "../acceptance/_upstream.ts";
import { fuzzHttp2 } from "./http2_fuzz.ts";
import { fuzz } from "./http_fuzz.ts";

const REQUESTS = Number(Deno.env.get("FUZZ_REQUESTS") ?? 15_000);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20_260_105);
/** Over HTTP/2, and to the proxy: a bounded number in CI, all of it by FUZZ_REQUESTS=200000. */
const HTTP2 = REQUESTS > 15_000 ? REQUESTS : 4_000;
const PROXIED = REQUESTS > 15_000 ? REQUESTS : 8_000;
const WARM_UP = 3_000;
/** The number of memory samples, as it goes up and down with every garbage collection. */
const PARTS = 10;
/** The variation of a heap between garbage collections. */
const MARGIN = 48 * 2 ** 20;
/** The time for memory to return after the load. */
const SETTLED_MS = 60_000;

/** The resident memory of a process, in bytes; 0 without /proc. */
async function residentMemory(pid: number): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

/** Waits until a process's memory has returned, while it still handles some requests. */
async function assertMemoryBack(
  pid: number,
  before: number,
  more: (round: number) => Promise<unknown>,
): Promise<void> {
  const end = performance.now() + SETTLED_MS;
  for (let round = 0;; round++) {
    await more(round);
    const after = await residentMemory(pid);
    if (after <= before * 1.3 + MARGIN) return;
    assert(
      performance.now() < end,
      `${before >> 20} MB after the warm-up, ${after >> 20} MB at the end`,
    );
    await delay(1_000);
  }
}

Deno.test(`fuzz: ${REQUESTS} malformed requests cause no 5xx, no crash and no growth`, async () => {
  const admin = { username: "root", password: "an admin's password" };
  await using server = await startServer({
    env: {
      ADMIN_USERNAME: admin.username,
      ADMIN_PASSWORD: admin.password,
      GEO_PROVIDER: "off",
      TRUSTED_PROXIES: "127.0.0.1",
    },
  });
  const { origin, pid } = server;
  const login = await fetch(`${origin}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(admin),
  });
  const { token } = await login.json();
  const page = await fetch(`${origin}/login`, {
    method: "POST",
    headers: { origin },
    body: new URLSearchParams(admin),
    redirect: "manual",
  });
  await page.body?.cancel();
  const cookie = page.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  assert(cookie.includes("="), "no session to fuzz with");
  const identity = { cookie, token };

  await fuzz({ origin, requests: WARM_UP, seed: SEED, identity });
  const before = await residentMemory(pid);
  const memory: number[] = [];
  const answers = new Map<number, number>();
  const recorded = new Map<number, number>();
  for (let part = 1; part <= PARTS; part++) {
    const requests = Math.ceil(REQUESTS / PARTS);
    const seed = SEED + part;
    const result = await fuzz({ origin, requests, seed, identity });
    memory.push(await residentMemory(pid));
    assertEquals(result.failures, [], `seed ${seed}`);
    assertEquals(result.unanswered, [], `seed ${seed}`);
    for (const [status, count] of result.answers) {
      answers.set(status, (answers.get(status) ?? 0) + count);
    }
    for (const [status, count] of result.recorded) {
      recorded.set(status, (recorded.get(status) ?? 0) + count);
    }
  }
  const after = Math.min(...memory.slice(PARTS / 2));
  for (const word of ["sys_error", "panicked", "Uncaught", "sys_store_down"]) {
    assert(!server.errors().includes(word), server.errors().slice(0, 4_000));
  }
  const me = await fetch(`${origin}/api/me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assertEquals(me.status, 200, "the session was fuzzed with to the end");
  await me.body?.cancel();
  const home = await fetch(origin);
  assertEquals(home.status, 200);
  assert((await home.text()).includes("Portcullis"));
  const health = await fetch(`${origin}/healthz`);
  assertEquals(await health.json(), { status: "ok" });
  assert(
    after <= before * 1.3 + MARGIN,
    `${before >> 20} MB after the warm-up, ${after >> 20} MB at the end`,
  );
  for (const status of [200, 303, 400, 401, 403, 404, 405, 415, 422, 429]) {
    assert(answers.has(status), `no request got as far as ${status}`);
  }
  assertEquals((await server.stop()).code, 0);
  await assertRecorded(server.kvPath, recorded);
});

Deno.test(`fuzz: ${HTTP2} odd requests over HTTP/2 cause no 5xx and no growth`, async () => {
  await using server = await startServer({ env: { GEO_PROVIDER: "off" } });
  const { origin, pid } = server;
  await fuzzHttp2({ origin, requests: Math.min(HTTP2, WARM_UP), seed: SEED });
  const before = await residentMemory(pid);
  const result = await fuzzHttp2({ origin, requests: HTTP2, seed: SEED + 1 });
  assertEquals(result.failures, []);
  const answered = [...result.answers.values()].reduce((a, b) => a + b, 0);
  assert(answered > HTTP2 / 2, `${answered} answers`);
  const health = await fetch(`${origin}/healthz`);
  assertEquals(await health.json(), { status: "ok" });
  await assertMemoryBack(
    pid,
    before,
    (round) => fuzzHttp2({ origin, requests: 200, seed: SEED + 2 + round }),
  );
  for (const status of [200, 303, 400, 401, 404, 405]) {
    assert(result.answers.has(status), `no request got as far as ${status}`);
  }
  assertEquals((await server.stop()).code, 0);
});

Deno.test({
  name:
    `fuzz: ${PROXIED} malformed requests to the proxy cause no 5xx, no lost record and no growth`,
  ignore: !await isInstalled("node"),
  async fn() {
    await using app = await startPatient();
    await using proxy = await startProxy(app.url, {
      TRUSTED_PROXIES: "127.0.0.1",
      REQUEST_DEADLINE: "5s",
    });
    const { origin, pid } = proxy;
    await fuzz({ origin, requests: WARM_UP, seed: SEED });
    const before = await residentMemory(pid);
    const result = await fuzz({ origin, requests: PROXIED, seed: SEED + 1 });
    assertEquals(result.failures, []);
    assertEquals(result.unanswered, []);
    await assertMemoryBack(
      pid,
      before,
      (round) => fuzz({ origin, requests: 200, seed: SEED + 2 + round }),
    );
    const fine = await fetch(`${origin}/`);
    await fine.body?.cancel();
    assert(fine.status < 500);
    for (const word of ["sys_error", "panicked", "Uncaught"]) {
      assert(!proxy.errors().includes(word), proxy.errors().slice(0, 4_000));
    }
    await proxy.stop();
    await assertRecorded(proxy.kvPath, result.answers);
  },
});

/** Compares the log with the responses: of each status there are as many records, or more. */
async function assertRecorded(
  kvPath: string,
  answers: ReadonlyMap<number, number>,
): Promise<void> {
  using kv = await Deno.openKv(kvPath);
  const kept = new Map<number, number>();
  const range = { from: 0, to: Date.now() + 60_000 };
  for await (const records of scanRequests(kv, range, Date.now)) {
    for (const { status } of records) {
      kept.set(status, (kept.get(status) ?? 0) + 1);
    }
  }
  for (const [status, count] of answers) {
    const found = kept.get(status) ?? 0;
    assert(found >= count, `${status}: ${count} answers, ${found} records`);
  }
}

/** A Node app that accepts anything. */
async function startPatient(): Promise<{ url: string } & AsyncDisposable> {
  const child = new Deno.Command("node", {
    args: ["-e", PATIENT],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  return {
    url: `http://127.0.0.1:${value?.trim()}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

const PATIENT = `
const server = require("node:http").createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end("ok"));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;
