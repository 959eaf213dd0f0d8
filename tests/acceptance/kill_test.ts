import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import type { RequestItem } from "../../lib/log/request_item.ts";
import { keys } from "../../lib/store/keys.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { ADMIN, apiClient, logIn, startWithAdmin } from "./_admin.ts";
import { RawConnection } from "./_raw.ts";
import { waitFor } from "../_wait.ts";

const KILLS = 10;
const LOAD_MS = 450;
/** The part of the request log that a kill -9 may lose. */
const MAY_BE_LOST_MS = 200;

async function removeFolderOf(kvPath: string): Promise<void> {
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
}

/**
 * Sends requests for distinct paths until the connection breaks; returns the times of the
 * responses.
 */
async function visit(
  origin: string,
  name: string,
): Promise<Map<string, number>> {
  const answered = new Map<string, number>();
  try {
    using connection = await RawConnection.open(origin);
    for (let n = 0;; n++) {
      const path = `/visit/${name}/${n}`;
      await connection.request({ path });
      answered.set(path, performance.now());
    }
  } catch {
    return answered;
  }
}

/** Measures how long a timer and an fsync take on this machine under load. */
async function slowestWrite(folder: string, until: Promise<unknown>) {
  let slowest = 0;
  let isOver = false;
  until.finally(() => isOver = true);
  using file = await Deno.open(`${folder}/probe`, {
    write: true,
    create: true,
  });
  while (!isOver) {
    const started = performance.now();
    await delay(5);
    await file.write(new Uint8Array(64));
    await file.syncData();
    slowest = Math.max(slowest, performance.now() - started);
  }
  return slowest;
}

/** Repeats a change until the server is gone; resolves to the acknowledged ones. */
async function repeat<T>(change: (n: number) => Promise<T>): Promise<T[]> {
  const acknowledged: T[] = [];
  try {
    for (let n = 0;; n++) acknowledged.push(await change(n));
  } catch {
    return acknowledged;
  }
}

Deno.test("kill -9: ten times under load, no acknowledged block, user, session or older record is lost", async () => {
  const kvPath = await temporaryKvPath();
  const blocks: string[] = [];
  const tokens: { token: string; username: string }[] = [];
  const visits: string[] = [];
  const env = { SIGNUP_RATE: "100000/h", LOGIN_RATE_ANONYMOUS: "1000/m" };

  for (let round = 0; round < KILLS; round++) {
    await using server = await startWithAdmin({ kvPath, env });
    const { origin } = server;
    const load = [
      visit(origin, `${round}/a`),
      visit(origin, `${round}/b`),
    ];
    let [blocked, signedUp] = [false, false];
    const blocking = repeat(async (n) => {
      const ip = `10.${round}.${n >> 8}.${n & 255}`;
      await server.api("/api/blocked", { method: "POST", json: { ip } });
      blocked = true;
      return ip;
    });
    const signingUp = repeat(async (n) => {
      const username = `user-${round}-${n}`;
      const answer = await server.api<{ token: string }>("/api/signup", {
        method: "POST",
        json: { username, password: "correct horse battery" },
      });
      signedUp = true;
      return { token: answer.token, username };
    });
    const loaded = (async () => {
      await delay(LOAD_MS + Math.random() * 100);
      // A busy machine takes longer until there is something to lose, and in one of the rounds
      // there may be nothing.
      for (let n = 0; n < 100 && !(blocked && signedUp); n++) await delay(20);
    })();
    const stall = slowestWrite(kvPath.replace(/\/[^/]*$/, ""), loaded);
    await loaded;
    const killedAt = performance.now();
    const status = await server.stop("SIGKILL");
    assertEquals(status.signal, "SIGKILL");
    const mayBeLost = MAY_BE_LOST_MS + await stall;

    for (const answered of await Promise.all(load)) {
      assert(answered.size > 0);
      for (const [path, at] of answered) {
        if (at < killedAt - mayBeLost) visits.push(path);
      }
    }
    blocks.push(...await blocking);
    tokens.push(...await signingUp);
  }
  assert(blocks.length >= KILLS, `${blocks.length} blocks`);
  assert(tokens.length >= KILLS, `${tokens.length} users`);
  assert(visits.length >= KILLS, `${visits.length} visits`);

  {
    await using server = await startServer({ kvPath, env });
    const admin = await logIn(server.origin);
    const listed = new Set(
      (await admin.all<{ ip_address: string }>("/api/blocked"))
        .map(({ ip_address }) => ip_address),
    );
    assertEquals(blocks.filter((ip) => !listed.has(ip)), []);
    for (const { token, username } of tokens) {
      const me = await apiClient(server.origin, token)
        .api<{ username: string }>("/api/me");
      assertEquals(me.username, username);
    }
    const { username } = tokens.at(-1)!;
    await logIn(server.origin, { username, password: "correct horse battery" });
    await delay(MAY_BE_LOST_MS);
    const logged = new Map<string, number>();
    for (const { path } of await admin.all<RequestItem>("/api/requests")) {
      logged.set(path, (logged.get(path) ?? 0) + 1);
    }
    assertEquals(visits.filter((path) => logged.get(path) !== 1), []);
  }
  await removeFolderOf(kvPath);
});

/**
 * Keeps sending on one connection until a response closes it; adds the acknowledged ones. Rejects
 * if the connection breaks before.
 */
async function visitUntilLast(
  origin: string,
  name: string,
  answered: string[],
): Promise<void> {
  using connection = await RawConnection.open(origin);
  for (let n = 0;; n++) {
    const path = `/visit/${name}/${n}`;
    const { status, headers } = await connection.request({ path });
    assertEquals(status, 404);
    answered.push(path);
    if (headers.get("connection") === "close") return;
  }
}

/** Counts the accounts with a started login: the next step is the hash. */
async function loginsBegun(kv: Deno.Kv): Promise<number> {
  const prefix = [...keys.throttlesAll(), "login-account"];
  return (await Array.fromAsync(kv.list({ prefix }))).length;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal}: under load no request is dropped, and every answered one is in the log`, async () => {
    const kvPath = await temporaryKvPath();
    const answered: string[] = [];
    {
      await using server = await startWithAdmin({ kvPath });
      const visiting = Promise.all(Array.from(
        { length: 8 },
        (_, i) => visitUntilLast(server.origin, `${i}`, answered),
      ));
      await waitFor("the load", () => answered.length >= 200);
      // Slow ones too: a login needs a hash, and is started just before the signal.
      using kv = await Deno.openKv(kvPath);
      const before = await loginsBegun(kv);
      const slow = Array.from({ length: 3 }, async (_, i) => {
        const response = await fetch(`${server.origin}/api/login`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ username: `nobody${i}`, password: "wrong" }),
        });
        await response.text();
        return response.status;
      });
      await waitFor(
        "the logins",
        async () => await loginsBegun(kv) >= before + 3,
      );
      const started = performance.now();
      const status = await server.stop(signal);
      assert(performance.now() - started < 4_500, "it ends within 5 s");
      assertEquals([status.code, status.signal], [0, null], server.errors());
      await visiting;
      assertEquals(await Promise.all(slow), [401, 401, 401]);
    }
    {
      await using server = await startWithAdmin({ kvPath });
      const logged = new Map<string, number>();
      const records = await server.all<RequestItem>("/api/requests");
      for (const { path, status } of records) {
        if (path.startsWith("/visit/")) assertEquals(status, 404);
        logged.set(path, (logged.get(path) ?? 0) + 1);
      }
      assertEquals(answered.filter((path) => logged.get(path) !== 1), []);
      const logins = records.filter(({ path, status }) =>
        path === "/api/login" && status === 401
      );
      assertEquals(logins.length, 3);
    }
    await removeFolderOf(kvPath);
  });
}

Deno.test("SIGTERM: idle keep-alive connections do not hold the end up", async () => {
  await using server = await startServer();
  using idle = await RawConnection.open(server.origin);
  await idle.request({ path: "/" });
  const started = performance.now();
  const status = await server.stop("SIGTERM");
  assertEquals(status.code, 0);
  assert(performance.now() - started < 2_000);
});

Deno.test("SIGINT: one Ctrl-C that arrives twice, from the terminal and from deno task, ends in order", async () => {
  const kvPath = await temporaryKvPath();
  {
    await using server = await startServer({ kvPath });
    const slow = fetch(`${server.origin}/login`, {
      method: "POST",
      headers: { origin: server.origin },
      body: new URLSearchParams(ADMIN),
    });
    {
      using kv = await Deno.openKv(kvPath);
      await waitFor("the login", async () => await loginsBegun(kv) > 0);
    }
    Deno.kill(server.pid, "SIGINT");
    await delay(20);
    const status = await server.stop("SIGINT");
    assertEquals([status.code, status.signal], [0, null], server.errors());
    const { status: answer, body } = await slow;
    await body?.cancel();
    assertEquals(answer, 401);
  }
  {
    await using server = await startWithAdmin({ kvPath });
    const [login] = await server.all<RequestItem>(
      "/api/requests?path=/login",
    );
    assertEquals([login?.method, login?.status], ["POST", 401]);
  }
  await removeFolderOf(kvPath);
});
