import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp, type TestApp, type TestRequest } from "../_app.ts";

const PEER = "198.51.100.7";
const PROXY = "10.0.0.1";

/** The address in a request's record. */
async function loggedAs(app: TestApp, options: TestRequest): Promise<string> {
  const path = `/probe-${crypto.randomUUID()}`;
  await (await app.fetch(path, options)).body?.cancel();
  await app.services.log.flush();
  const { token } = await admin(app);
  const list = await app.fetch(`/api/requests?path=${path}`, {
    token,
    peer: "192.0.2.250",
  });
  const { items } = await list.json();
  assertEquals(items.length, 1);
  return items[0].ip_address;
}

const admins = new WeakMap<
  TestApp,
  Promise<{ token: string; cookie: string }>
>();

function admin(app: TestApp) {
  let signedIn = admins.get(app);
  if (!signedIn) admins.set(app, signedIn = app.signIn("root", "admin"));
  return signedIn;
}

async function block(app: TestApp, ip: string): Promise<number> {
  const { token } = await admin(app);
  const response = await app.fetch("/api/blocked", {
    token,
    peer: "192.0.2.250",
    json: { ip },
  });
  await response.body?.cancel();
  return response.status;
}

async function status(app: TestApp, options: TestRequest): Promise<number> {
  const response = await app.fetch("/", options);
  await response.body?.cancel();
  return response.status;
}

/** The number of 8 consecutive wrong logins that reach the password check. */
async function loginsLetIn(
  app: TestApp,
  options: (i: number) => TestRequest,
): Promise<number> {
  let letIn = 0;
  for (let i = 0; i < 8; i++) {
    const response = await app.fetch("/api/login", {
      json: { username: `nobody${i}`, password: "wrong wrong" },
      ...options(i),
    });
    await response.body?.cancel();
    if (response.status === 401) letIn++;
    else assertEquals(response.status, 429);
  }
  return letIn;
}

const xff = (value: string) => ({ "x-forwarded-for": value });

Deno.test("without trusted proxies a claimed address is not logged, limited or blocked", async () => {
  await using app = await startApp();
  assertEquals(await loggedAs(app, { headers: xff("1.2.3.4") }), PEER);
  assertEquals(
    await loginsLetIn(app, (i) => ({ headers: xff(`1.2.3.${i}`) })),
    5,
  );
  assertEquals(await block(app, "1.2.3.4"), 201);
  assertEquals(await status(app, { headers: xff("1.2.3.4") }), 200);
  assertEquals(await block(app, PEER), 201);
  assertEquals(await status(app, { headers: xff("9.9.9.9") }), 403);
});

Deno.test("behind a proxy, what the client puts to the left changes nothing", async () => {
  await using app = await startApp({ env: { TRUSTED_PROXIES: "10.0.0.0/8" } });
  for (const left of ["127.0.0.1", "10.9.9.9", "garbage", ""]) {
    const headers = xff(`${left}, 203.0.113.9`);
    assertEquals(await loggedAs(app, { peer: PROXY, headers }), "203.0.113.9");
  }
  assertEquals(
    await loginsLetIn(app, (i) => ({
      peer: PROXY,
      headers: xff(`127.0.0.${i}, 203.0.113.9`),
    })),
    5,
  );
  assertEquals(await block(app, "203.0.113.9"), 201);
  assertEquals(
    await status(app, { peer: PROXY, headers: xff("1.1.1.1, 203.0.113.9") }),
    403,
  );
});

Deno.test("an untrusted peer's header is ignored with one warning that names the line to change", async () => {
  const real = console.error;
  const lines: string[] = [];
  console.error = (line: string) => void lines.push(line);
  try {
    await using app = await startApp({
      env: { TRUSTED_PROXIES: "10.0.0.0/8" },
    });
    for (let i = 0; i < 50; i++) {
      await status(app, { headers: xff("1.2.3.4") });
    }
  } finally {
    console.error = real;
  }
  const warnings = lines.filter((line) => line.includes("forwarding"));
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, `TRUSTED_PROXIES=${PEER}`);
});

Deno.test("header lines are joined in order, and garbage ends the walk at the last good hop", async () => {
  await using app = await startApp({ env: { TRUSTED_PROXIES: "10.0.0.0/8" } });
  for (
    const [value, expected] of [
      ["203.0.113.9, 10.0.0.2", "203.0.113.9"],
      ["10.0.0.3, 10.0.0.2", "10.0.0.3"],
      ["203.0.113.9, x, 10.0.0.2", "10.0.0.2"],
      ["203.0.113.9,,10.0.0.2", "10.0.0.2"],
      ["", PROXY],
    ] as const
  ) {
    assertEquals(
      await loggedAs(app, { peer: PROXY, headers: xff(value) }),
      expected,
      value,
    );
  }
});

Deno.test("only the one header that is configured counts", async () => {
  const all = {
    "x-forwarded-for": "203.0.113.1",
    forwarded: 'for="[2001:db8::1]:443";proto=https',
    "cf-connecting-ip": "203.0.113.3",
    "true-client-ip": "203.0.113.4",
    "x-real-ip": "203.0.113.5",
  };
  for (
    const [header, expected] of [
      ["x-forwarded-for", "203.0.113.1"],
      ["forwarded", "2001:db8::1"],
      ["cf-connecting-ip", "203.0.113.3"],
    ] as const
  ) {
    await using app = await startApp({
      env: { TRUSTED_PROXIES: PROXY, CLIENT_IP_HEADER: header },
    });
    assertEquals(await loggedAs(app, { peer: PROXY, headers: all }), expected);
  }
});

Deno.test("a port after the address makes no other client", async () => {
  await using app = await startApp({ env: { TRUSTED_PROXIES: PROXY } });
  assertEquals(
    await loginsLetIn(app, (i) => ({
      peer: PROXY,
      headers: xff(`203.0.113.9:${51_712 + i}`),
    })),
    5,
  );
});

Deno.test("every spelling of an address is one client and one block", async () => {
  await using app = await startApp({ env: { TRUSTED_PROXIES: PROXY } });
  assertEquals(await block(app, "::ffff:1.2.3.4"), 201);
  for (const text of ["1.2.3.4", "::ffff:102:304", "::FFFF:1.2.3.4"]) {
    assertEquals(
      await status(app, { peer: PROXY, headers: xff(text) }),
      403,
      text,
    );
  }
  assertEquals(await status(app, { peer: "::ffff:1.2.3.4" }), 403);
  const other = { peer: PROXY, headers: xff("2001:db8::1.2.3.4") };
  assertEquals(await status(app, other), 200);
  assertEquals(await block(app, "2001:DB8:0:0::1"), 201);
  assertEquals(await status(app, { peer: "2001:db8::1" }), 403);
});

Deno.test("what is no address is refused and nothing is written", async () => {
  await using app = await startApp();
  for (
    const ip of [
      "",
      "1.2.3.",
      "0x7f.0.0.1",
      "1e1.2.3.4",
      "010.0.0.1",
      "::1%eth0",
      "1.2.3.4.5",
      "localhost",
      "1.2.3.4/33",
      "9".repeat(60),
    ]
  ) assertEquals(await block(app, ip), 422, ip);
  assertEquals(app.services.lists.sizes.blocked, 0);
});

Deno.test("the health page shows this request's way hop by hop, and the line to change", async () => {
  await using app = await startApp({ env: { TRUSTED_PROXIES: "10.0.0.0/8" } });
  const { cookie } = await admin(app);
  const seen = await app.fetch("/admin/health", {
    cookie,
    peer: PROXY,
    headers: xff("1.1.1.1, 203.0.113.9, 10.0.0.2"),
  });
  const html = await seen.text();
  assertEquals(seen.status, 200);
  for (
    const part of [
      "203.0.113.9",
      "a trusted proxy, so the hop to its left is read",
      "the first address that is not a trusted proxy: the client",
      "not read: the sender of the hop to its right could have forged it",
    ]
  ) assertStringIncludes(html, part);
  const direct = await app.fetch("/admin/health", {
    cookie,
    headers: xff("1.1.1.1"),
  });
  assertStringIncludes(await direct.text(), `TRUSTED_PROXIES=${PEER}`);
  const wrongHeader = await app.fetch("/admin/health", {
    cookie,
    peer: PROXY,
    headers: { "cf-connecting-ip": "203.0.113.9" },
  });
  const text = await wrongHeader.text();
  assertStringIncludes(text, "CLIENT_IP_HEADER=cf-connecting-ip");
  assert(text.includes(PROXY));
});
