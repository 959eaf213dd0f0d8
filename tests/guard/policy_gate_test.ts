import { assert, assertEquals } from "@std/assert";
import { Hono } from "hono";
import {
  guardHandler,
  type GuardOptions,
  type GuardSettings,
} from "../../lib/guard/mod.ts";
import { checkIp } from "../../lib/lists/access_read.ts";
import { SOLUTION_FIELD } from "../../lib/policy/challenge.ts";
import { SOLVER } from "../../lib/policy/challenge_script.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";
import { EXAMPLE } from "../policy/_policy.ts";

const HTML = { accept: "text/html", "user-agent": "Mozilla/5.0" };
const solve = new Function(`${SOLVER}; return solve;`)() as (
  puzzle: unknown,
  step: () => void,
) => Promise<string>;

interface Gate extends AsyncDisposable {
  kv: Deno.Kv;
  clock: { now: number };
  handler: ReturnType<typeof guardHandler>;
  ask(
    path: string,
    init?: RequestInit & { ip?: string },
  ): Promise<Response>;
}

async function gate(
  settings: Partial<GuardSettings>,
  handler: Parameters<typeof guardHandler>[0] = () => new Response("in"),
  kv?: Deno.Kv,
): Promise<Gate> {
  const store = kv ?? await Deno.openKv(":memory:");
  const clock = { now: 1_700_000_000_000 };
  const guarded = guardHandler(handler, {
    kv: store,
    now: () => clock.now,
    crawlers: {
      peek: (_, agent) => agent?.includes("Googlebot") ? "verified" : null,
    },
    operators: {
      operatorOf: (ip) =>
        ip.startsWith("198.51.100.")
          ? { asn: 64496, name: "Rented Ltd", hosting: true }
          : null,
    },
    ...settings,
  } as GuardOptions);
  await guarded.ready();
  return {
    kv: store,
    clock,
    handler: guarded,
    async ask(path, { ip = "203.0.113.5", ...init } = {}) {
      return await guarded(new Request(`http://example.org${path}`, init), {
        remoteAddr: { transport: "tcp", hostname: ip, port: 1 },
        completed: Promise.resolve(),
      });
    },
    async [Symbol.asyncDispose]() {
      await guarded.close();
      if (!kv) store.close();
    },
  };
}

const rules = (text: string) => JSON.parse(text).rules as unknown[];

Deno.test("the example decides in Hono as it says", async () => {
  const app = new Hono().all("*", (c) => c.text("in"));
  await using guarded = await gate({ policy: rules(EXAMPLE) }, app.fetch);
  const { ask } = guarded;
  const status = async (...args: Parameters<typeof ask>) => {
    const response = await ask(...args);
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(
    await status("/?q=1'%20UNION%20SELECT%20password%20FROM%20users--"),
    403,
  );
  assertEquals(await status("/?q=trade+union"), 200);
  const gptBot = { headers: { "user-agent": "GPTBot/1.3" } };
  assertEquals(await status("/", gptBot), 403);
  const googlebot = { headers: { "user-agent": "Googlebot/2.1" } };
  assertEquals(await status("/", googlebot), 200);
  assertEquals(await status("/", { ip: "198.51.100.9" }), 403);
  assertEquals(await status("/api/x", { ip: "198.51.100.9" }), 200);
  assertEquals(await status("/feed.xml", { ip: "198.51.100.9" }), 200);
  assertEquals(
    await status("/robots.txt", { ip: "198.51.100.9" }),
    200,
  );
  for (let i = 0; i < 100; i++) assertEquals(await status("/api/x"), 200);
  assertEquals(await status("/api/x"), 429);
  assertEquals(await status("/api/x", { method: "DELETE" }), 200);
  assertEquals(await status("/api/x", { ip: "203.0.113.6" }), 200);
});

Deno.test("a limit that matched is told of, and a refusal says when to come again", async () => {
  await using guarded = await gate({
    policy: [
      { name: "two", limit: "2/m", when: { path: "/a*" } },
      { name: "many", limit: "50/h", by: "all" },
    ],
  });
  const first = await guarded.ask("/a");
  assertEquals(
    first.headers.get("ratelimit-policy"),
    '"two";q=2;w=60, "many";q=50;w=3600',
  );
  assertEquals(
    first.headers.get("ratelimit"),
    '"two";r=1;t=60, "many";r=49;t=3600',
  );
  await guarded.ask("/a");
  const third = await guarded.ask("/a", { headers: HTML });
  assertEquals(third.status, 429);
  assertEquals(third.headers.get("retry-after"), "60");
  assertEquals(third.headers.get("ratelimit"), '"two";r=0;t=60');
  assert((await third.text()).includes("Try again in 60 seconds."));
  const other = await guarded.ask("/b");
  assertEquals(other.headers.get("ratelimit-policy"), '"many";q=50;w=3600');
  guarded.clock.now += 60_000;
  assertEquals((await guarded.ask("/a")).status, 200);
});

Deno.test("an exact limit lets exactly the limit pass, of a thousand at once", async () => {
  await using guarded = await gate({
    policy: [{ name: "ten", limit: "10/m", exact: true }],
  });
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, () => guarded.ask("/")),
  );
  assertEquals(answers.filter(({ status }) => status === 200).length, 10);
  assertEquals(answers.filter(({ status }) => status === 429).length, 990);
});

Deno.test("what is refused carries the rule's name, and onRefuse has the last word", async () => {
  const seen: string[] = [];
  await using guarded = await gate({
    policy: [
      {
        name: "no-php",
        refuse: true,
        when: { path: "*.php" },
        say: "No <PHP>",
      },
      { name: "own", refuse: true, when: { path: "/own" } },
    ],
    onRefuse(_, { kind, rule }) {
      seen.push(`${kind} ${rule}`);
      return rule === "own" ? new Response("own", { status: 404 }) : null;
    },
  });
  const php = await guarded.ask("/x.php", { headers: HTML });
  assertEquals(php.status, 403);
  assert((await php.text()).includes("No &#60;PHP&#62;"));
  const json = await guarded.ask("/x.php");
  assertEquals(json.headers.get("content-type"), "application/problem+json");
  assertEquals((await json.json()).detail, "No <PHP>");
  assertEquals(await (await guarded.ask("/own")).text(), "own");
  assertEquals(seen, ["refuse no-php", "refuse no-php", "refuse own"]);
});

Deno.test("paths are compared as the app sees them", async () => {
  await using guarded = await gate({
    policy: [{
      name: "café",
      refuse: true,
      when: { path: ["/café", "/admin/*"] },
    }]
      .map((rule) => ({ ...rule, name: "cafe" })),
  });
  for (
    const path of [
      "/caf%C3%A9",
      "/caf%c3%a9?x=1",
      "/x/../caf%C3%A9",
      "/%61dmin/x",
      "/admin/%2e%2e/admin/x",
      "/admin%2Fx",
    ]
  ) assertEquals((await guarded.ask(path)).status, 403, path);
  for (const path of ["/cafe", "/admin", "/admi%25n/x", "/x?/admin/x"]) {
    assertEquals((await guarded.ask(path)).status, 200, path);
  }
});

Deno.test("a block rule blocks once its number is reached, for longer each time, and tells nobody why", async () => {
  await using guarded = await gate({
    policy: [{
      name: "no-php",
      block: "1h",
      when: { path: "*.php", status: 404 },
      after: "3 in 10m",
    }],
  }, () => new Response("", { status: 404 }));
  const { ask, clock, kv } = guarded;
  const until = async () =>
    (await checkIp(kv, () => clock.now, "203.0.113.5")).entry?.expires_at;
  const offend = async () => {
    for (let i = 0; i < 3; i++) await ask(`/${i}.php`);
    for (let i = 0; i < 200 && !(await until()); i++) {
      await new Promise((go) => setTimeout(go, 5));
    }
  };
  await ask("/x.html");
  await ask("/1.php");
  await ask("/2.php");
  assertEquals(await until(), undefined);
  clock.now += 600_001;
  await offend();
  assertEquals(await until(), clock.now + 3_600_000);
  const refused = await ask("/", { headers: HTML });
  assertEquals(refused.status, 403);
  const page = await refused.text();
  assert(page.includes("Your IP has been blocked."));
  assert(!page.includes("php"));
  clock.now += 3_600_001;
  assertEquals((await ask("/")).status, 404);
  await offend();
  const second = (await until())! - clock.now;
  assert(second >= 4 * 3_600_000 && second <= 4.4 * 3_600_000, `${second}`);
});

Deno.test("who is protected, safelisted or verified is not blocked by counting", async () => {
  await using guarded = await gate({
    policy: [{ name: "any", block: "1h", after: "2 in 1m" }],
    protectedAddresses: () => Promise.resolve(new Set(["203.0.113.5"])),
  });
  const googlebot = { headers: { "user-agent": "Googlebot/2.1" } };
  for (let i = 0; i < 6; i++) {
    await guarded.ask("/");
    await guarded.ask("/", { ip: "203.0.113.7", ...googlebot });
    await guarded.ask("/", { ip: "127.0.0.1" });
  }
  await new Promise((go) => setTimeout(go, 50));
  for (const ip of ["203.0.113.5", "203.0.113.7", "127.0.0.1"]) {
    const { status } = await checkIp(guarded.kv, () => guarded.clock.now, ip);
    assertEquals(status, "none", ip);
  }
});

const CHALLENGE = [{
  name: "doubtful",
  challenge: true,
  when: { hosting: true },
}];

Deno.test("a challenge is solved once, and then the same request goes on", async () => {
  await using guarded = await gate({ policy: CHALLENGE });
  const rented = { ip: "198.51.100.9", headers: HTML };
  const page = await guarded.ask("/deep?x=1", rented);
  assertEquals(page.status, 403);
  assertEquals(page.headers.get("cache-control"), "no-store");
  const html = await page.text();
  const data = /id="p"[^>]*>([^<]+)</.exec(html)![1]!;
  const solution = await solve(JSON.parse(data), () => {});
  const send = (ip: string, extra: Record<string, string> = {}) =>
    guarded.ask("/deep?x=1", {
      ip,
      headers: { ...HTML, [SOLUTION_FIELD]: solution, ...extra },
    });
  assertEquals((await send("203.0.113.77")).status, 403);
  assertEquals(
    (await send("198.51.100.9", { "user-agent": "curl/8" })).status,
    403,
  );
  const solved = await send("198.51.100.9");
  assertEquals(solved.status, 204);
  assertEquals((await send("198.51.100.9")).status, 403);
  const field = solved.headers.get("set-cookie")!;
  assert(/HttpOnly/i.test(field) && /SameSite=Lax/i.test(field));
  const cookie = field.split(";", 1)[0]!;
  const withPass = (ip: string, agent = HTML["user-agent"]) =>
    guarded.ask("/deep", {
      ip,
      headers: { ...HTML, "user-agent": agent, cookie },
    });
  assertEquals((await withPass("198.51.100.9")).status, 200);
  assertEquals((await withPass("198.51.100.200")).status, 200);
  assertEquals((await withPass("198.51.100.9", "curl/8")).status, 403);
  guarded.clock.now += 12 * 3_600_000 + 1;
  assertEquals((await withPass("198.51.100.9")).status, 403);
});

Deno.test("nobody is challenged for what their Accept field says, nor let in for it", async () => {
  await using guarded = await gate({ policy: CHALLENGE });
  for (
    const accept of ["text/html", "*/*", "application/json", "image/png", ""]
  ) {
    const response = await guarded.ask("/", {
      ip: "198.51.100.9",
      headers: { accept },
    });
    assertEquals(response.status, 403, accept);
    const type = response.headers.get("content-type")!;
    const isPage = type.startsWith("text/html");
    assertEquals(isPage, accept === "text/html");
    await response.body?.cancel();
  }
});

Deno.test("verified crawlers, users, known devices and well-known paths are never challenged", async () => {
  await using guarded = await gate({
    policy: CHALLENGE,
    whoIs: ({ headers }) =>
      Promise.resolve({
        username: headers.get("x-user"),
        isKnownDevice: headers.has("x-device"),
      }),
  });
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    (await guarded.ask(path, { ip: "198.51.100.9", headers })).status;
  assertEquals(await ask("/"), 403);
  assertEquals(await ask("/", { "x-user": "ann" }), 200);
  assertEquals(await ask("/", { "x-device": "1" }), 200);
  assertEquals(await ask("/", { "user-agent": "Googlebot/2.1" }), 200);
  assertEquals(await ask("/robots.txt"), 200);
  assertEquals(await ask("/.well-known/security.txt"), 200);
  assertEquals(await ask("/robots.txt/x"), 403);
});

Deno.test("a limit may end in a challenge", async () => {
  await using guarded = await gate({
    policy: [{ name: "few", limit: "1/h", then: "challenge" }],
  });
  assertEquals((await guarded.ask("/", { headers: HTML })).status, 200);
  const page = await guarded.ask("/", { headers: HTML });
  assertEquals(page.status, 403);
  assert((await page.text()).includes("One moment"));
});

Deno.test("places of what is open at once are given back when the body has been read", async () => {
  await using guarded = await gate({
    policy: [{ name: "two", limit: "2 at once" }],
  }, () => new Response("a long download"));
  const [one, two] = [await guarded.ask("/"), await guarded.ask("/")];
  assertEquals((await guarded.ask("/")).status, 429);
  await one.text();
  const three = await guarded.ask("/", { method: "GET" });
  assertEquals(three.status, 200);
  assertEquals((await guarded.ask("/")).status, 429);
  await three.body!.cancel();
  await two.body!.cancel();
  const again = await guarded.ask("/");
  assertEquals(again.status, 200);
  await again.body!.cancel();
});

Deno.test("BYPASS_BLOCKLIST lets everything past the policy", async () => {
  await using guarded = await gate({
    bypassBlocklist: true,
    policy: [{ name: "all", refuse: true }],
  });
  assertEquals((await guarded.ask("/")).status, 200);
});

Deno.test("a policy that is applied to the store holds in every process with its next look", async () => {
  using kv = await Deno.openKv(":memory:");
  await using one = await gate({}, undefined, kv);
  await using two = await gate({}, undefined, kv);
  assertEquals((await one.ask("/x.php")).status, 200);
  const apply = (list: unknown[]) =>
    applyPolicy(kv, { rules: list, by: "test", now: 1 });
  await apply([{ name: "php", refuse: true, when: { path: "*.php" } }]);
  for (const each of [one, two]) {
    await (await each.handler.ready()).policy.poll();
    assertEquals((await each.ask("/x.php")).status, 403);
  }
  await apply([]);
  await (await two.handler.ready()).policy.poll();
  assertEquals((await two.ask("/x.php")).status, 200);
});

Deno.test("a file's rules hold and are read again, and a wrong one changes nothing", async () => {
  const file = await Deno.makeTempFile({ suffix: ".jsonc" });
  const errors: string[] = [];
  try {
    const put = (text: string) => Deno.writeTextFile(file, text);
    await put(`{ "rules": [ // one
      { "name": "a", "refuse": true, "when": { "path": "/a" } } ] }`);
    await using guarded = await gate({
      policyFile: file,
      onError: (_, error) => errors.push((error as Error).message),
    });
    const { policy } = await guarded.handler.ready();
    assertEquals((await guarded.ask("/a")).status, 403);
    await put('{ "rules": [ { "name": "a", "refuse": tru } ] }');
    await policy.poll();
    await policy.poll();
    assertEquals(errors, [
      `Cannot apply the policy in ${file}: line 1, column 39: expected a value`,
    ]);
    assertEquals((await guarded.ask("/a")).status, 403);
    await put('{ "rules": [] }');
    await policy.poll();
    assertEquals((await guarded.ask("/a")).status, 200);
  } finally {
    await Deno.remove(file);
  }
});
