import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { flagsOf, runTask, startServer, taskEnv } from "../_server.ts";

const ROOT = new URL("../../", import.meta.url);
/** A store path where even an invalid configuration does no harm. */
const BASE = { KV_PATH: ":memory:", PORT: "0", GEO_PROVIDER: "off" };

/** Values that must be refused, and the expected part of the message. */
const BAD: Record<string, { values: string[]; expected: RegExp }> = {
  HOST: { values: ["not a host", "http://x"], expected: /address|host/ },
  PORT: {
    values: ["http", "-1", "65536", "80.5", "0x50", "1e3"],
    expected: /0 to 65535/,
  },
  KV_PATH: { values: ["ftp://example.org/kv", "s3://kv"], expected: /file/ },
  PUBLIC_ORIGIN: {
    values: [
      "example.org",
      "ftp://example.org",
      "https://example.org/path",
      "https://u@example.org",
    ],
    expected: /https:\/\/example\.org/,
  },
  TRUSTED_PROXIES: {
    values: ["10.0.0.0/33", "proxy.internal", "10.0.0.1,banana", ","],
    expected: /CIDR/,
  },
  CLIENT_IP_HEADER: {
    values: ["x forwarded for", "a:b", "é"],
    expected: /header/,
  },
  IPV6_PREFIX: { values: ["129", "0", "64.5", "/64"], expected: /16 to 128/ },
  LOGIN_RATE_ANONYMOUS: {
    values: ["5", "5/x", "0/m", "-1/m", "five/m", "5/mm"],
    expected: /5\/m/,
  },
  LOGIN_RATE_AUTHENTICATED: { values: ["10", "10 per m"], expected: /5\/m/ },
  SIGNUP_RATE: { values: ["5/w", "5/h/h"], expected: /5\/m/ },
  GEO_RATE: { values: ["1.5/m", "Infinity/m"], expected: /5\/m/ },
  SUSPICIOUS_REQUEST_THRESHOLD: {
    values: ["many", "-5", "0", "1.5"],
    expected: /whole number/,
  },
  SENSITIVE_PATHS: { values: ["admin", "/admin,login", ","], expected: /\// },
  AUTO_BLOCK: { values: ["yes", "1", "true"], expected: /off, suggest, on/ },
  LOG_RETENTION: { values: ["30", "30x", "-1d", "month"], expected: /30d/ },
  REQUEST_DEADLINE: { values: ["0s", "30", "2h"], expected: /1s to 1h/ },
  MAX_CONNECTIONS_PER_CLIENT: { values: ["0", "many"], expected: /from 1 to/ },
  SHUTDOWN_DEADLINE: { values: ["0", "1d", "-1s"], expected: /1s to 1h/ },
  GEO_PROVIDER: {
    values: ["maxmind", "none"],
    expected: /embedded, ipinfo, ipapi, off/,
  },
  GEO_CACHE_TTL: { values: ["1 day", "24"], expected: /24h/ },
  COUNTRY_BLOCK: {
    values: ["Germany", "D", "DE;FR", "49", "UK"],
    expected: /ISO/,
  },
  COUNTRY_ALLOW: { values: ["DEU", "de fr"], expected: /ISO/ },
  PRIVACY_IP: {
    values: ["none", "hash"],
    expected: /full, truncated, hashed/,
  },
  BYPASS_BLOCKLIST: { values: ["yes", "2", "true"], expected: /0, 1/ },
};

/** Runs the server until it exits; a configuration that it accepts is a failure. */
async function start(env: Record<string, string>, cwd: URL | string = ROOT) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      ...flagsOf("start"),
      "--config",
      new URL("deno.json", ROOT).pathname,
      new URL("tasks/start.ts", ROOT).pathname,
    ],
    cwd,
    clearEnv: true,
    env: taskEnv(env),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Checks that a start failed with status 1 and one line; returns the line. */
function onlyLine(run: { code: number; stdout: string; stderr: string }) {
  assertEquals([run.code, run.stdout], [1, ""], run.stderr);
  const lines = run.stderr.split("\n");
  assertEquals(lines.length, 2, run.stderr);
  assertEquals(lines[1], "");
  return lines[0]!;
}

/** Two at a time: each start is a process. */
async function eachInTurn<T>(items: T[], run: (item: T) => Promise<void>) {
  let next = 0;
  const work = async () => {
    while (next < items.length) await run(items[next++]!);
  };
  await Promise.all([work(), work()]);
}

Deno.test("config: a value that cannot be meant ends the server with status 1 and a line that names it", async () => {
  const cases = Object.entries(BAD).flatMap(([name, { values, expected }]) =>
    values.map((value) => ({ name, value, expected }))
  );
  await eachInTurn(cases, async ({ name, value, expected }) => {
    const line = onlyLine(await start({ ...BASE, [name]: value }));
    assert(line.startsWith(name), line);
    assertStringIncludes(line, JSON.stringify(value));
    assertStringIncludes(line, "expected");
    assert(expected.test(line.split("expected")[1]!), line);
  });
});

Deno.test("config: the value of a secret is never shown", async () => {
  const secret = "hunter2-the-secret";
  const cases: { env: Record<string, string>; name: string }[] = [
    { env: { ALERT_WEBHOOK_URL: secret }, name: "ALERT_WEBHOOK_URL" },
    {
      env: { ALERT_WEBHOOK_URL: `ftp://example.org/${secret}` },
      name: "ALERT_WEBHOOK_URL",
    },
    { env: { ADMIN_PASSWORD: secret }, name: "ADMIN_USERNAME" },
    { env: { ADMIN_USERNAME: "root" }, name: "ADMIN_PASSWORD" },
    {
      env: { ADMIN_USERNAME: "root", ADMIN_PASSWORD: "root" },
      name: "ADMIN_PASSWORD",
    },
    {
      env: { ADMIN_USERNAME: "not a name", ADMIN_PASSWORD: secret },
      name: "ADMIN_USERNAME",
    },
    { env: { GEO_PROVIDER: "ipinfo" }, name: "IPINFO_TOKEN" },
    {
      env: { KV_PATH: `https://user:${secret}@127.0.0.1:1/` },
      name: "KV_PATH",
    },
  ];
  await eachInTurn(cases, async ({ env, name }) => {
    const line = onlyLine(await start({ ...BASE, ...env }));
    assertStringIncludes(line, name);
    assert(!line.includes(secret), line);
  });
});

Deno.test("config: a KV or a port that cannot be had ends the server with one line", async () => {
  const folder = await Deno.makeTempDir();
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const cases: [Record<string, string>, RegExp][] = [
      [{ KV_PATH: folder }, /KV_PATH/],
      [{ KV_PATH: "http://127.0.0.1:1" }, /KV_PATH/],
      [{ PORT: `${taken.addr.port}` }, /PORT/],
    ];
    for (const [env, name] of cases) {
      const line = onlyLine(await start({ ...BASE, ...env }));
      assert(name.test(line), line);
    }
  } finally {
    taken.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("config: .env is read, the environment wins, and an empty variable is one that is not set", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/.env`,
      "# ours\nAUTO_BLOCK=perhaps\nPORT=0\nKV_PATH=:memory:\n",
    );
    const line = onlyLine(await start({}, folder));
    assertStringIncludes(line, 'AUTO_BLOCK is "perhaps"');
    // The value of the environment has precedence, even an invalid one.
    const other = onlyLine(await start({ AUTO_BLOCK: "maybe" }, folder));
    assertStringIncludes(other, 'AUTO_BLOCK is "maybe"');
    const third = onlyLine(
      await start({ AUTO_BLOCK: "on", PRIVACY_IP: "x" }, folder),
    );
    assertStringIncludes(third, 'PRIVACY_IP is "x"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await using server = await startServer({
    env: { AUTO_BLOCK: "", TRUSTED_PROXIES: " ", ADMIN_USERNAME: "" },
  });
  assert(server.setupLink);
});

Deno.test("config: tasks check the environment, too", async () => {
  const run = await runTask("list-blocked", [], {
    env: { ...BASE, GEO_RATE: "often" },
  });
  const line = onlyLine(run);
  assertStringIncludes(line, 'GEO_RATE is "often"');
});

Deno.test("ADMIN_USERNAME and ADMIN_PASSWORD make an admin only where none exists, and nothing else does", async () => {
  const env = { ADMIN_USERNAME: "root", ADMIN_PASSWORD: "an admin's password" };
  await using first = await startServer({ env });
  assertEquals(first.setupLink, null);
  await using second = await startServer({
    kvPath: first.kvPath,
    env: { ADMIN_USERNAME: "other", ADMIN_PASSWORD: "another password" },
  });
  const login = async (username: string, password: string) => {
    const response = await fetch(`${second.origin}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password }),
    });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await login("root", "an admin's password"), 200);
  assertEquals(await login("other", "another password"), 401);
});

Deno.test("KV_PATH=:memory: is said at the start, and a file is not", async () => {
  for (
    const [kvPath, says] of [[":memory:", true], [undefined, false]] as const
  ) {
    await using server = await startServer({
      kvPath,
      env: { GEO_PROVIDER: "off" },
    });
    assertEquals(/all data is lost/.test(server.greeting), says);
    await server.stop();
  }
});
