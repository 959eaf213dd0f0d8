/**
 * One declaration in three places: the app itself, the guard in a Hono app, and the proxy in front
 * of one. Each rule of the example gets requests that match and that just do not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Hono } from "hono";
import { delay } from "../../lib/base/delay.ts";
import { guardHandler } from "../../lib/guard/mod.ts";
import { scanRequests } from "../../lib/log/request_query.ts";
import { readPolicy } from "../../lib/policy/read_rules.ts";
import { readRuleCounts } from "../../lib/policy/rule_counts.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { tinyMmdb } from "../geo/tiny_mmdb.ts";
import { EXAMPLE } from "../policy/_policy.ts";
import { startProxy } from "./_proxy.ts";

/** The place of the guard. */
interface Place {
  origin: string;
  kvPath: string;
  /** Ends it, so that everything in memory is stored. */
  stop(): Promise<unknown>;
}

type Fields = Record<string, string>;

/** One request: its client, its target, and its special properties. */
interface Ask {
  ip: string;
  path: string;
  method?: string;
  fields?: Fields;
}

const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0";
const GPTBOT =
  "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)";
const CHATGPT = "Mozilla/5.0 (compatible; ChatGPT-User/1.0)";
const SQLI = "?id=1%27%20UNION%20SELECT%20password%20FROM%20users--%20";
const JNDI = "${jndi:ldap://198.51.100.1/a}";
/** The lower half of the addresses belongs to a hosting operator. */
const RENTED = "20.0.0.";

/** The outcomes of single requests, and the rules that decide them. */
const SINGLE: [ask: Ask, outcome: string, rule: string | null][] = [
  [{ ip: "192.0.2.7", path: `/status${SQLI}` }, "in", "monitor"],
  [{ ip: "2001:db8:7::9", path: `/status${SQLI}` }, "in", "monitor"],
  [{ ip: "192.0.2.8", path: `/status${SQLI}` }, "refused", "injections"],
  [{ ip: "2001:db8:8::9", path: `/status${SQLI}` }, "refused", "injections"],
  [{ ip: "192.0.2.7", path: `/status/${SQLI}` }, "refused", "injections"],
  [{ ip: "203.0.113.1", path: `/${SQLI}` }, "refused", "injections"],
  [{ ip: "203.0.113.2", path: "/?name=O%27Reilly" }, "in", null],
  [
    { ip: "203.0.113.3", path: "/", fields: { "x-version": JNDI } },
    "refused",
    "injections",
  ],
  [
    { ip: "203.0.113.4", path: "/?q=%3B%20cat%20/etc/passwd%20%7C%20sh" },
    "refused",
    "injections",
  ],
  [{ ip: "203.0.113.5", path: "/?q=cat%20food" }, "in", null],
  [
    { ip: "203.0.113.6", path: "/", fields: { "user-agent": GPTBOT } },
    "refused",
    "training",
  ],
  [
    { ip: "203.0.113.7", path: "/", fields: { "user-agent": CHATGPT } },
    "in",
    null,
  ],
  [{ ip: `${RENTED}1`, path: "/about" }, "challenged", "doubtful"],
  [{ ip: `${RENTED}2`, path: "/apis" }, "challenged", "doubtful"],
  [{ ip: `${RENTED}3`, path: "/api/users" }, "in", null],
  [{ ip: `${RENTED}4`, path: "/feed.xml" }, "in", null],
  [{ ip: `${RENTED}5`, path: "/feed.xml2" }, "challenged", "doubtful"],
  [{ ip: `${RENTED}6`, path: "/robots.txt" }, "in", null],
  [{ ip: "203.0.113.8", path: "/about" }, "in", null],
  [{ ip: "203.0.113.9", path: "/v1/old" }, "in", null],
  [{ ip: "203.0.113.9", path: "/v1/older" }, "in", null],
  [{ ip: "203.0.113.9", path: "/v10/old" }, "in", null],
];

async function ask(place: Place, { ip, path, method, fields }: Ask) {
  const response = await fetch(place.origin + path, {
    method,
    redirect: "manual",
    headers: {
      "x-forwarded-for": ip,
      "user-agent": AGENT,
      accept: "text/html",
      ...fields,
    },
  });
  const text = await response.text();
  if (response.status === 429) return "limited";
  if (response.status !== 403) return "in";
  if (text.includes("Your IP has been blocked.")) return "blocked";
  return text.includes("One moment") ? "challenged" : "refused";
}

/** The number of requests per outcome, sent with some concurrency. */
async function many(
  place: Place,
  count: number,
  each: (n: number) => Ask,
): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  let next = 0;
  const one = async () => {
    while (next < count) {
      const outcome = await ask(place, each(next++));
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
  return outcomes;
}

/** Whether an address gets blocked soon. */
async function isBlocked(place: Place, ip: string): Promise<boolean> {
  for (let i = 0; i < 20; i++) {
    if (await ask(place, { ip, path: "/feed.xml" }) === "blocked") return true;
    await delay(100);
  }
  return false;
}

/** Sends all requests, and returns the outcomes. */
async function decisions(place: Place): Promise<unknown[]> {
  const seen: unknown[] = [];
  const add = (what: string, ...outcome: unknown[]) =>
    seen.push([what, ...outcome]);
  for (const [request] of SINGLE) {
    add(`${request.ip} ${request.path}`, await ask(place, request));
  }
  const api = (path: string, ip: string, method?: string) => () => ({
    ip,
    path,
    method,
  });
  add("api", await many(place, 103, api("/api/a", "203.0.113.20")));
  add("api, HEAD", await many(place, 3, api("/api/a", "203.0.113.20", "HEAD")));
  add("api, other", await many(place, 103, api("/apis/a", "203.0.113.21")));
  add(
    "api, HEADs",
    await many(place, 103, api("/api/a", "203.0.113.22", "HEAD")),
  );
  const keyed = (key: string) => (n: number) => ({
    ip: `198.51.${n >> 8}.${n & 255}`,
    path: "/feed.xml",
    fields: { "x-api-key": key },
  });
  add("keys", await many(place, 1_002, keyed("one")));
  add("keys, another", await many(place, 2, keyed("two")));
  add("keys, none", await many(place, 5, api("/feed.xml", "203.0.113.23")));

  // Fast enough to use up the ten of a second, however slow the machine.
  const fast = await many(place, 60, api("/search", "203.0.113.30"));
  add("search", fast.in! >= 10, fast.limited! > 0);
  add("search, near", await many(place, 60, api("/searching", "203.0.113.31")));

  add("no-php", await many(place, 3, api("/wp/a.php", "203.0.113.40")));
  add("no-php", await isBlocked(place, "203.0.113.40"));
  add("no-php, 2", await many(place, 2, api("/wp/a.php", "203.0.113.41")));
  add("no-php, near", await many(place, 9, api("/a.phpx", "203.0.113.41")));
  add("no-php, near", await isBlocked(place, "203.0.113.41"));

  add("flood", await many(place, 1_150, api("/feed.xml", "203.0.113.50")));
  add("flood, not yet", await isBlocked(place, "203.0.113.50"));
  const rest = await many(place, 80, api("/feed.xml", "203.0.113.50"));
  add("flood", rest.in! >= 30, await isBlocked(place, "203.0.113.50"));
  return seen;
}

/** The expected effects of the rules. */
function expected(): unknown[] {
  return [
    ...SINGLE.map(([{ ip, path }, outcome]) => [`${ip} ${path}`, outcome]),
    ["api", { in: 100, limited: 3 }],
    ["api, HEAD", { in: 3 }],
    ["api, other", { in: 103 }],
    ["api, HEADs", { in: 103 }],
    ["keys", { in: 1_000, limited: 2 }],
    ["keys, another", { in: 2 }],
    ["keys, none", { in: 5 }],
    ["search", true, true],
    ["search, near", { in: 60 }],
    ["no-php", { in: 3 }],
    ["no-php", true],
    ["no-php, 2", { in: 2 }],
    ["no-php, near", { in: 9 }],
    ["no-php, near", false],
    ["flood", { in: 1_150 }],
    ["flood, not yet", false],
    ["flood", true, true],
  ];
}

/** The deciding rules in the log, for the single requests. */
async function rulesIn(kvPath: string): Promise<unknown[]> {
  using kv = await Deno.openKv(kvPath);
  const all = { from: 0, to: Date.now() + 1_000 };
  const records = (await Array.fromAsync(scanRequests(kv, all, Date.now)))
    .flat();
  const found = SINGLE.map(([{ ip, path }]) => {
    const own = records.filter((record) =>
      record.ip_address === ip && record.path === path.split("?")[0]
    );
    assertEquals(own.length, 1, `${ip} ${path}`);
    return [ip, path, own[0]!.rule];
  });
  const limits = new Set(
    records.filter(({ outcome }) => outcome === "limited")
      .map(({ rule }) => rule),
  );
  const { legacy } = Object.fromEntries(
    await readRuleCounts(kv, { from: Date.now() - 3_600_000, to: Date.now() }),
  );
  return [...found, [...limits].sort(), legacy?.total];
}

/** A third-party app with two pages and a feed. */
function honoApp() {
  return new Hono()
    .get("/", (c) => c.html("<h1>Welcome</h1>"))
    .get("/feed.xml", (c) => c.body("<rss/>"));
}

Deno.test("the example decides alike in the app, in a Hono app and before one", async (t) => {
  const folder = await Deno.makeTempDir();
  const rules = `${folder}/rules.jsonc`;
  await Deno.writeTextFile(rules, EXAMPLE);
  const operators = `${folder}/asn`;
  await Deno.writeFile(
    operators,
    tinyMmdb(
      {
        autonomous_system_number: 64_500,
        autonomous_system_organization: "Example Hosting",
      },
      { databaseType: "asn" },
    ),
  );
  const env = {
    POLICY_FILE: rules,
    TRUSTED_PROXIES: "127.0.0.1",
    GEO_PROVIDER: "off",
    GEO_DATABASE: operators,
  };
  const places: [name: string, start: () => Promise<Place>][] = [
    ["app", () => startServer({ env })],
    ["Hono", async () => {
      const kvPath = await temporaryKvPath();
      const kv = await Deno.openKv(kvPath);
      const guarded = guardHandler(honoApp().fetch, {
        kv,
        policy: readPolicy(EXAMPLE).declared,
        trustedProxies: "127.0.0.1",
        geoDatabase: operators,
      });
      await guarded.ready();
      const server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen() {} },
        guarded,
      );
      return {
        origin: `http://127.0.0.1:${server.addr.port}`,
        kvPath,
        async stop() {
          await server.shutdown();
          await guarded.close();
          kv.close();
        },
      };
    }],
    ["proxy", async () => {
      const server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen() {} },
        honoApp().fetch,
      );
      const url = `http://127.0.0.1:${server.addr.port}`;
      const proxy = await startProxy(url, env);
      return {
        ...proxy,
        async stop() {
          await proxy.stop();
          await server.shutdown();
        },
      };
    }],
  ];
  try {
    for (const [name, start] of places) {
      await t.step(name, async () => {
        const place = await start();
        const seen = await decisions(place).finally(() => place.stop());
        assertEquals(seen, expected());
        assertEquals(await rulesIn(place.kvPath), [
          ...SINGLE.map(([{ ip, path }, _, rule]) => [ip, path, rule]),
          ["api", "keys", "search"],
          2,
        ]);
        assert(place.kvPath.includes("portcullis_"));
        await Deno.remove(place.kvPath.replace(/\/[^/]*$/, ""), {
          recursive: true,
        });
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
