/**
 * Attacks on a third-party app behind the proxy, stopped by the proxy's own jobs; and clients that
 * stay unblocked.
 */
import { assert, assertEquals } from "@std/assert";
import { findCovering } from "../../lib/lists/access_find.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { startProxy } from "./_proxy.ts";
import { waitFor } from "../_wait.ts";

const BROWSER =
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/** A different app: it shows the form again after a wrong password, and stores files. */
function startShop() {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      await request.body?.cancel();
      const status = pathname === "/users/sign_in"
        ? 422
        : pathname === "/private/"
        ? 401
        : request.method === "PROPFIND" || pathname.startsWith("/previews/") ||
            pathname.startsWith("/simple/")
        ? 404
        : request.method === "PUT"
        ? 201
        : 200;
      return new Response(null, { status });
    },
  );
}

interface Ask {
  target: string;
  method?: string;
  form?: string;
  headers?: Record<string, string>;
}

const PASSWORD = "log=admin&pwd=wrong";
const SQLMAP = [
  "id=1%20AND%204%3D4",
  "id=1%27%20AND%20SLEEP%285%29--%20x",
  "id=-1%20UNION%20ALL%20SELECT%20NULL%2CNULL--",
];

const login = (target: string): (_: number) => Ask => () => ({
  ...{ target, method: "POST", form: PASSWORD },
});

/** The requests that each attacker repeats until it is refused. */
const ATTACKS: Record<string, (n: number) => Ask> = {
  "sqlmap under a browser's name": (n) => ({
    target: `/item?${SQLMAP[n % SQLMAP.length]}`,
  }),
  "wrong passwords at /wp-login.php, which answers 200": login("/wp-login.php"),
  "wrong passwords at /accounts/login/, which answers 200": login(
    "/accounts/login/",
  ),
  "wrong passwords at /users/sign_in": login("/users/sign_in"),
  "wrong passwords at a path of LOGIN_PATHS": login("/members/enter.cgi"),
  "a flood": () => ({ target: "/" }),
};

/** The requests of harmless clients meanwhile, once each. */
const INNOCENTS: Record<string, Ask[]> = {
  "rclone": Array.from({ length: 60 }, (_, n) =>
    ["PROPFIND", "PUT"].map(
      (method) => ({
        ...{ target: `/dav/IMG_${n}.jpg`, method },
        headers: {
          "user-agent": "rclone/v1.60.1",
          authorization: "Basic YW5uOng=",
        },
      }),
    )).flat(),
  "pip": Array.from({ length: 85 }, (_, n) => ({
    target: `/simple/package-${"abcdefghij"[n % 10]}${n}/`,
    headers: { "user-agent": "pip/23.0.1" },
  })),
  "a browser without previews": Array.from({ length: 85 }, (_, n) => ({
    target: `/previews/${"abcdefgh"[n % 8]}${n * 7919}.webp`,
    headers: { referer: "http://www.example.org/gallery" },
  })),
  "a wiki's admin": [
    { target: "/wiki/Phpinfo()" },
    { target: "/wiki/Linux:/etc/passwd" },
  ],
};

Deno.test("proxy: attacks on any app are ended by its own jobs while they go on, and nobody harmless is", async (t) => {
  await using shop = startShop();
  await using proxy = await startProxy(
    `http://127.0.0.1:${shop.addr.port}`,
    {
      // Each minute's job runs every 100 ms.
      DENO_CRON_TEST_SCHEDULE_OFFSET: "100",
      TRUSTED_PROXIES: "127.0.0.1",
      AUTO_BLOCK: "on",
      LOGIN_PATHS: "/login,/members/*",
    },
    "--console",
    "/portcullis",
  );
  const ask = async (ip: string, { target, method, form, headers }: Ask) => {
    const answer = await fetch(proxy.origin + target, {
      method,
      body: form,
      redirect: "manual",
      headers: {
        "user-agent": BROWSER,
        "x-forwarded-for": ip,
        ...form === undefined
          ? {}
          : { "content-type": "application/x-www-form-urlencoded" },
        ...headers,
      },
    });
    await answer.body?.cancel();
    return answer.status;
  };

  const innocents = Object.values(INNOCENTS).map((asks, i) => ({
    asks,
    ip: `203.0.${i + 120}.9`,
  }));
  for (const { ip, asks } of innocents) {
    for (const each of asks) await ask(ip, each);
  }
  const attackers = Object.entries(ATTACKS).map(([name, each], i) => ({
    ...{ name, each, ip: `198.51.${i + 100}.7` },
  }));
  const endOf = async ({ name, each, ip }: typeof attackers[number]) => {
    let n = 0;
    await waitFor(`the end of ${name}`, async () => {
      const asked = Array.from({ length: 20 }, () => ask(ip, each(n++)));
      return (await Promise.all(asked)).includes(403);
    });
  };
  // The flood is last, as it leaves the others no time.
  await Promise.all(attackers.slice(0, -1).map(endOf));
  await endOf(attackers.at(-1)!);
  using kv = await Deno.openKv(proxy.kvPath);
  for (const { name, ip } of attackers) {
    await t.step(name, async () => {
      const [entry] = await findCovering(
        ...[kv, "blocked", parseCidr(ip), Date.now()] as const,
      );
      assert(entry?.created_by.startsWith("auto:"), entry?.created_by);
    });
  }
  await t.step("nobody harmless is blocked", async () => {
    const statuses = await Promise.all(
      innocents.map(({ ip }) => ask(ip, { target: "/" })),
    );
    assertEquals(statuses, innocents.map(() => 200));
  });
});
