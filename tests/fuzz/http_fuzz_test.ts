import { assert, assertEquals } from "@std/assert";
import { startServer } from "../_server.ts";
import { fuzz } from "./http_fuzz.ts";

const REQUESTS = Number(Deno.env.get("FUZZ_REQUESTS") ?? 20_000);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20_260_105);
const WARM_UP = 3_000;
/** The memory is looked at so often, because it goes up and down with every sweep of the heap. */
const PARTS = 10;
/** What a heap may be larger for no other reason than when it was last swept. */
const MARGIN = 48 * 2 ** 20;

/** The resident memory of a process, in bytes; 0 where there is no /proc. */
async function residentMemory(pid: number): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
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
});
