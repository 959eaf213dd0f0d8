import { assert, assertEquals, assertMatch } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import { startApp, type TestApp } from "../_app.ts";
import { temporaryKvPath } from "../_server.ts";
import { Visitor } from "./_visitor.ts";

const PASSWORD = "correct horse battery staple";
const WRONG = "wrong password";
const MINUTE = 60_000;

/** The app, with users, and a count of password checks, which are free. */
async function start(env: Record<string, string> = {}, users = ["ada"]) {
  const app = await startApp({ env });
  const { accounts } = app.services;
  const count = { checks: 0 };
  Object.assign(accounts.hasher, {
    hash: (password: string) => Promise.resolve(password),
    verify(password: string, stored: string) {
      count.checks++;
      return Promise.resolve({ ok: password === stored, rehash: false });
    },
    dummyVerify() {
      count.checks++;
      return Promise.resolve();
    },
  });
  for (const username of users) {
    await createUser(accounts, { username, password: PASSWORD });
  }
  return Object.assign(app, { count });
}

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

function tryLogin(
  app: TestApp,
  peer: string,
  form: { username?: string; password?: string } = {},
  headers: Record<string, string> = {},
): Promise<number> {
  const whole = { username: "ada", password: WRONG, ...form };
  return statusOf(app.fetch("/login", { peer, form: whole, headers }));
}

function tally(statuses: number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

Deno.test("of 200 logins at once from one address exactly 5 reach the password check", async () => {
  await using app = await start();
  for (const [i, username] of ["ada", "nobody"].entries()) {
    app.count.checks = 0;
    const peer = `192.0.2.${i}`;
    const statuses = await Promise.all(
      Array.from(
        { length: 200 },
        (_, k) =>
          k % 2
            ? tryLogin(app, peer, { username })
            : statusOf(app.fetch("/api/login", {
              peer,
              json: { username, password: WRONG },
            })),
      ),
    );
    assertEquals(tally(statuses), { 401: 5, 429: 195 });
    assertEquals(app.count.checks, 5);
  }
});

Deno.test("another X-Forwarded-For on each of 60 attempts changes nothing", async () => {
  await using app = await start();
  const statuses = [];
  for (let i = 0; i < 60; i++) {
    const headers = { "x-forwarded-for": `203.0.113.${i}` };
    statuses.push(await tryLogin(app, "192.0.2.1", {}, headers));
  }
  assertEquals(tally(statuses), { 401: 5, 429: 55 });
});

Deno.test("two addresses of one /64 share a budget, two /64s do not", async () => {
  await using app = await start();
  const statuses = [];
  for (let i = 0; i < 8; i++) {
    statuses.push(await tryLogin(app, `2001:db8::${i + 1}`));
  }
  assertEquals(tally(statuses), { 401: 5, 429: 3 });
  assertEquals(await tryLogin(app, "2001:db8:0:1::1"), 401);
});

Deno.test("GET, HEAD and OPTIONS of the login never spend the budget", async () => {
  await using app = await start();
  const peer = "192.0.2.1";
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    for (let i = 0; i < 20; i++) {
      const status = await statusOf(app.fetch("/login", { method, peer }));
      assert(status < 300, `${method}: ${status}`);
    }
  }
  assertEquals(await tryLogin(app, peer, { password: PASSWORD }), 303);
});

Deno.test("5 and 5 attempts around any window edge: the second 5 are refused", async () => {
  await using app = await start({ LOGIN_RATE_ACCOUNT: "1000/h" });
  const base = app.clock.now;
  for (const [i, phase] of [0, 1, 29_999, 30_000, 59_999].entries()) {
    for (const [k, gap] of [1, 1_000, 30_000, 59_999].entries()) {
      const peer = `192.0.${i}.${k}`;
      const attempts = async () =>
        tally(
          await Promise.all(
            Array.from({ length: 5 }, () => tryLogin(app, peer)),
          ),
        );
      app.clock.now = base + (i * 10 + k) * 5 * MINUTE + phase;
      assertEquals(await attempts(), { 401: 5 });
      app.clock.now += gap;
      assertEquals(await attempts(), { 429: 5 });
      app.clock.now += MINUTE - gap;
      assertEquals(await attempts(), { 401: 5 });
    }
  }
});

Deno.test("every spelling of a name shares the account's budget", async () => {
  await using app = await start({ LOGIN_RATE_ACCOUNT: "6/h" });
  const spellings = ["ada", "ADA", " ada ", "ａｄａ", "Ada\t", "aDa"];
  for (const [i, username] of spellings.entries()) {
    assertEquals(await tryLogin(app, `192.0.2.${i}`, { username }), 401);
  }
  assertEquals(await tryLogin(app, "192.0.2.99", { username: "ada" }), 429);
});

Deno.test("strangers exhaust an account, its owner's device gets in and gives them no new tries", async () => {
  await using app = await start({ LOGIN_RATE_ACCOUNT: "10/h" });
  const owner = new Visitor(app, "198.51.100.1");
  assertEquals(await owner.login("ada", PASSWORD), 303);
  await owner.post("/logout", {});
  const statuses: number[] = [];
  for (let round = 0; round < 5; round++) {
    const peers = Array.from({ length: 20 }, (_, i) => `192.0.${round}.${i}`);
    const tried = peers.map((peer) => tryLogin(app, peer));
    statuses.push(...await Promise.all(tried));
  }
  assertEquals(tally(statuses), { 401: 10, 429: 90 });
  const stranger = new Visitor(app, "198.51.100.2");
  assertEquals(await stranger.login("ada", PASSWORD), 429);

  const travelling = new Visitor(app, "198.51.100.3");
  for (const [name, value] of owner.cookies) {
    travelling.cookies.set(name, value);
  }
  assertEquals(await travelling.login("ada", PASSWORD), 303);
  assert(await travelling.isSignedIn());
  assertEquals(await stranger.login("ada", PASSWORD), 429);
});

Deno.test("in an office one spends the shared address, a colleague's known device gets in", async () => {
  await using app = await start({}, ["ada", "bob"]);
  const peer = "192.0.2.1";
  const bob = new Visitor(app, peer);
  assertEquals(await bob.login("bob", PASSWORD), 303);
  await bob.post("/logout", {});
  const ada = new Visitor(app, peer);
  for (let i = 0; i < 4; i++) assertEquals(await ada.login("ada", WRONG), 401);
  assertEquals(await ada.login("ada", PASSWORD), 429);
  assertEquals(await bob.login("bob", PASSWORD), 303);
  // Known for his own account only.
  assertEquals(await bob.login("ada", WRONG), 401);
  await bob.post("/logout", {});
  assertEquals(await bob.login("ada", WRONG), 429);
});

Deno.test("one password over many accounts from one address trips, however slowly", async () => {
  await using app = await start({ LOGIN_RATE_SPRAY: "8/h" });
  const statuses = [];
  for (let i = 0; i < 20; i++) {
    app.clock.now += 15_000;
    statuses.push(
      await tryLogin(app, "192.0.2.1", { username: `name${i}` }),
    );
  }
  assertEquals(tally(statuses.slice(0, 8)), { 401: 8 });
  assertEquals(tally(statuses.slice(8)), { 429: 12 });
  assertEquals(await tryLogin(app, "192.0.2.2", { username: "name9" }), 401);
});

Deno.test("a refusal names one wait, in header and page, and which policy it is", async () => {
  await using app = await start({ LOGIN_RATE_ANONYMOUS: "2/m" });
  const peer = "192.0.2.1";
  const first = await app.fetch("/login", {
    peer,
    form: { username: "ada", password: WRONG },
  });
  await first.body?.cancel();
  assertEquals(first.headers.get("ratelimit-policy"), '"login";q=2;w=60');
  assertEquals(first.headers.get("ratelimit"), '"login";r=1;t=60');
  app.clock.now += 17_300;
  await tryLogin(app, peer);
  for (const path of ["/login", "/api/login"]) {
    const credentials = { username: "ada", password: WRONG };
    const response = await app.fetch(
      path,
      path === "/login"
        ? { peer, form: credentials }
        : { peer, json: credentials },
    );
    const text = await response.text();
    assertEquals(response.status, 429);
    assertEquals(response.headers.get("retry-after"), "43");
    assertEquals(response.headers.get("ratelimit"), '"login";r=0;t=43');
    assertMatch(text, /Try again in 43 seconds/);
  }
  // Refused attempts do not lengthen the wait.
  app.clock.now += 42_700;
  assertEquals(await tryLogin(app, peer), 401);
});

Deno.test("whether a name has an account shows in no refusal", async () => {
  const env = {
    LOGIN_RATE_ANONYMOUS: "3/m",
    LOGIN_RATE_ACCOUNT: "4/h",
    LOGIN_RATE_SPRAY: "2/h",
  };
  await using app = await start(env, ["known7391"]);
  const seen: string[][] = [];
  for (const [i, username] of ["known7391", "other7391"].entries()) {
    const answers: string[] = [];
    for (let k = 0; k < 12; k++) {
      const response = await app.fetch("/login", {
        peer: `192.0.${i}.${k % 4}`,
        form: { username, password: WRONG },
      });
      const headers = [...response.headers].filter(([name]) =>
        name !== "content-security-policy"
      );
      const text = (await response.text()).replaceAll(username, "NAME")
        .replace(/nonce="[^"]*"/g, "");
      answers.push(JSON.stringify([response.status, headers, text]));
    }
    seen.push(answers);
  }
  assertEquals(seen[0], seen[1]);
});

Deno.test("each endpoint is limited by its own variable", async () => {
  await using app = await start({
    LOGIN_RATE_ANONYMOUS: "2/m",
    SIGNUP_RATE: "3/h",
    GEO_RATE: "4/m",
  });
  const peer = "192.0.2.1";
  const send: Record<string, (i: number) => Promise<number>> = {
    "2": () => tryLogin(app, peer),
    "3": (i) =>
      statusOf(app.fetch("/api/signup", {
        peer,
        json: { username: `new${i}`, password: PASSWORD },
      })),
    "4": () => statusOf(app.fetch("/api/geo", { peer })),
  };
  for (const [limit, request] of Object.entries(send)) {
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push(await request(i));
    const refused = statuses.filter((status) => status === 429).length;
    assertEquals(refused, 6 - Number(limit), `${limit}: ${statuses}`);
  }
});

/**
 * The concurrent attempts of four processes; `*` is replaced by a different text for each attempt.
 */
export interface Race {
  attempts: number;
  rates: { anonymous: string; account: string; spray: string };
  name: string;
  subject: string;
}

Deno.test("of 1,000 attempts at once in four processes exactly the limit passes", async () => {
  const path = await temporaryKvPath();
  const worker = new URL("./_login_worker.ts", import.meta.url).pathname;
  const workers = Array.from(
    { length: 4 },
    () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--unstable-kv", "--no-check", worker, path],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
  );
  const inputs = workers.map(({ stdin }) => stdin.getWriter());
  const outputs = workers.map(({ stdout }) => lineReader(stdout));
  const open = { anonymous: "900/m", account: "900/h", spray: "900/h" };
  const rounds: [limit: number, Omit<Race, "attempts">, attempts?: number][] = [
    [5, { rates: { ...open, anonymous: "5/m" }, name: "ada", subject: "one" }],
    [5, { rates: { ...open, anonymous: "5/m" }, name: "*", subject: "two" }],
    // Each address needs a write of its own window, of which few fit into a second.
    [
      40,
      { rates: { ...open, account: "40/h" }, name: "bob", subject: "*" },
      40,
    ],
    [20, { rates: { ...open, account: "40/h" }, name: "eve", subject: "3" }],
    [20, { rates: { ...open, spray: "20/h" }, name: "*", subject: "four" }],
    [150, { rates: { ...open, anonymous: "150/m" }, name: "x", subject: "5" }],
  ];
  try {
    for (const read of outputs) assertEquals(await read(), "ready");
    for (const [limit, race, attempts = 250] of rounds) {
      const line = JSON.stringify({ ...race, attempts }) + "\n";
      const bytes = new TextEncoder().encode(line);
      await Promise.all(inputs.map((input) => input.write(bytes)));
      const answers = await Promise.all(
        outputs.map(async (read) => JSON.parse(await read())),
      );
      const sum = (field: "wrong" | "checked") =>
        answers.reduce((total, answer) => total + answer[field], 0);
      assertEquals(sum("wrong"), limit, line);
      assertEquals(sum("checked"), limit, line);
    }
  } finally {
    for (const input of inputs) await input.close().catch(() => {});
    for (const read of outputs) while (await read() !== "");
    await Promise.all(workers.map(({ status }) => status));
    await Deno.remove(path.slice(0, path.lastIndexOf("/")), {
      recursive: true,
    });
  }
});

/** Reads a stream line by line; "" at its end. */
function lineReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return async function nextLine(): Promise<string> {
    while (!text.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) return "";
      text += value;
    }
    const end = text.indexOf("\n");
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return line;
  };
}
