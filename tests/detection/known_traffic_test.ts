import { assert, assertEquals } from "@std/assert";
import { evaluate } from "../../lib/detection/engine.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import type { Severity } from "../../lib/detection/types.ts";
import { FLAG, type RequestRecord } from "../../lib/log/request_record.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { signalsOf } from "../../lib/signals/signals.ts";
import { HOUR_START, record, sourceOf, THE_HOUR } from "./records.ts";

const BROWSER =
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const config = parseConfig({ LOGIN_PATHS: "/login,/api/login,/members/*" });

/** A request as recorded by the guard, at an offset in milliseconds within the hour. */
function seen(
  at: number,
  target: string,
  fields: Partial<RequestRecord> = {},
): RequestRecord {
  const { method = "GET", user_agent = BROWSER, referrer = null } = fields;
  const headers: [string, string][] = [["host", "www.example.org"]];
  if (user_agent !== null) headers.push(["user-agent", user_agent]);
  if (referrer !== null) headers.push(["referer", referrer]);
  return record({
    host: "www.example.org",
    ...fields,
    timestamp: HOUR_START + at,
    path: target.split("?")[0]!,
    user_agent,
    signals: signalsOf({ method, target, headers }) | (fields.signals ?? 0),
  });
}

/** A number of requests at a fixed interval in milliseconds. */
function series(
  count: number,
  everyMs: number,
  target: (n: number) => string,
  fields: Partial<RequestRecord> = {},
): RequestRecord[] {
  return Array.from(
    { length: count },
    (_, n) => seen(n * everyMs, target(n), fields),
  );
}

/** The worst finding about each subject, without severity info. */
async function found(
  records: RequestRecord[],
): Promise<{ worst: Map<string, Severity>; rules: Set<string> }> {
  const rules = allRules({
    threshold: config.suspiciousRequestThreshold,
    sensitivePaths: config.sensitivePaths,
    loginPaths: config.loginPaths,
    loginFailure: config.loginFailure,
    verify: (_ip, agent) =>
      Promise.resolve(agent?.includes("Googlebot") ? "verified" : "unknown"),
  });
  const sorted = records.toSorted((a, b) => a.timestamp - b.timestamp);
  const stream = sourceOf(sorted).scan({ from: 0, to: Infinity });
  const { drafts } = await evaluate(rules, stream, THE_HOUR, {
    verify: (_ip, agent) =>
      Promise.resolve(agent?.includes("Googlebot") ? "verified" : "unknown"),
  });
  const worst = new Map<string, Severity>();
  const names = new Set<string>();
  for (const { ip_address, severity, rule } of drafts) {
    if (severity === "info") continue;
    names.add(rule);
    if (worst.get(ip_address) !== "critical") worst.set(ip_address, severity);
  }
  return { worst, rules: names };
}

const posts = (
  path: string,
  status: number,
  more: Partial<RequestRecord> = {},
) => series(60, 2_000, () => path, { method: "POST", status, ...more });

const SQLMAP = [
  "id=1%20AND%204%3D4",
  "id=1%27%20AND%20SLEEP%285%29--%20x",
  "id=-1%20UNION%20ALL%20SELECT%20NULL%2CNULL--",
  "id=1%29%20ORDER%20BY%201--%20-",
  "id=1%3BSELECT%20PG_SLEEP%285%29--",
];

/** The attacks, their minimum severity, and one of the rules that must find them. */
const ATTACKS: Record<
  string,
  [records: RequestRecord[], least: Severity, rule: string]
> = {
  "82 requests of sqlmap under a browser's name": [
    series(82, 100, (n) => `/shop/item?${SQLMAP[n % SQLMAP.length]}`),
    "critical",
    "injection_probe",
  ],
  "60 wrong passwords at /wp-login.php, which shows the form again": [
    posts("/wp-login.php", 200, { flags: FLAG.password | FLAG.cookiesSeen }),
    "critical",
    "login_bruteforce",
  ],
  "60 wrong passwords at /accounts/login/, of an imported log": [
    posts("/accounts/login/", 200),
    "critical",
    "login_bruteforce",
  ],
  "60 wrong passwords at /users/sign_in": [
    posts("/users/sign_in", 422),
    "critical",
    "login_bruteforce",
  ],
  "60 wrong passwords at a path of LOGIN_PATHS": [
    posts("/members/enter.cgi", 200),
    "critical",
    "login_bruteforce",
  ],
  "60 refused forms with a password at a path that nobody named": [
    posts("/club/come-in", 403, { flags: FLAG.password }),
    "critical",
    "login_bruteforce",
  ],
  "60 wrong passwords by HTTP authentication": [
    series(60, 500, () => "/private/", { status: 401 }),
    "warning",
    "auth_bruteforce",
  ],
  "90 requests from each of 300 addresses of one /64": [
    Array.from(
      { length: 300 },
      (_, host) =>
        series(90, 39_000, (n) => `/item/${n}`, {
          ip_address: `2001:db8:7:1::${(host + 1).toString(16)}`,
        }),
    ).flat(),
    "warning",
    "high_volume",
  ],
  "90 requests from each of 200 addresses of one /24": [
    Array.from(
      { length: 200 },
      (_, host) =>
        series(90, 39_000, (n) => `/item/${n}`, {
          ip_address: `198.51.100.${host + 1}`,
        }),
    ).flat(),
    "warning",
    "distributed_volume",
  ],
  "ten seconds of flood, thousands of requests": [
    series(4_000, 2, () => "/"),
    "critical",
    "flood",
  ],
  "a flood from 40 addresses under which answers get slow": [
    [
      ...Array.from(
        { length: 30 },
        (_, n) =>
          series(5, 10_000, () => "/about", { duration_ms: 4 }).map((one) => ({
            ...one,
            ip_address: `192.0.2.${n + 1}`,
            timestamp: one.timestamp + n * 60_000,
          })),
      ).flat(),
      ...Array.from({ length: 40 }, (_, n) =>
        series(60, 900, () => "/search", {
          ip_address: `198.51.${n}.7`,
          duration_ms: 900,
        }).map((one) => ({ ...one, timestamp: one.timestamp + 2_400_000 })))
        .flat(),
    ],
    "critical",
    "site_flood",
  ],
  "a single tunnel for somebody else": [
    [seen(0, "mail.example.net:25", { method: "CONNECT", status: 400 })],
    "warning",
    "open_proxy",
  ],
  "files by a development server's own way": [
    [seen(0, "/@fs/etc/passwd", { status: 404 })],
    "warning",
    "injection_probe",
  ],
  "the environment of a process": [
    [seen(0, "/proc/self/environ", { status: 404 })],
    "warning",
    "injection_probe",
  ],
  "a settings file that is served": [
    [seen(0, "/.env", { status: 200 })],
    "critical",
    "weak_spot",
  ],
};

for (const [name, [records, least, rule]] of Object.entries(ATTACKS)) {
  Deno.test(`attack: ${name} is found, ${least} at least`, async () => {
    const { worst, rules } = await found(records);
    // An automatic block of "*" is not possible.
    worst.delete("*");
    assert(rules.has(rule), `${[...rules]}`);
    assert(
      [...worst.values()].some((severity) =>
        severity === "critical" || severity === least
      ),
      JSON.stringify([...worst]),
    );
  });
}

const SIGNED_IN = { username: "ann" };
const DAV = "rclone/v1.60.1";

/** Harmless people and programs: nothing above info may be found. */
const INNOCENT: Record<string, RequestRecord[]> = {
  "pip with a second index that has none of 85 packages": series(
    85,
    300,
    (n) => `/simple/package-${"abcdefghij"[n % 10]}${n}/`,
    { status: 404, user_agent: 'pip/23.0.1 {"ci":null}' },
  ),
  "rclone copying 100 photos: PROPFIND 404, then PUT 201, signed in": Array
    .from({ length: 100 }, (_, n) => [
      seen(n * 400, `/dav/IMG_${2_000 + n}.jpg`, {
        ...{ method: "PROPFIND", status: 404, user_agent: DAV },
        ...SIGNED_IN,
      }),
      seen(n * 400 + 100, `/dav/IMG_${2_000 + n}.jpg`, {
        ...{ method: "PUT", status: 201, user_agent: DAV },
        ...SIGNED_IN,
      }),
    ]).flat(),
  "rclone copying a project with its settings, by a link to a share": [
    ".env",
    ".htaccess",
    ".vscode/settings.json",
    ".idea/workspace.xml",
  ].flatMap((name, n) => [
    seen(n * 400, `/dav/${name}`, {
      ...{ method: "PROPFIND", status: 404, user_agent: DAV },
    }),
    seen(n * 400 + 100, `/dav/${name}`, {
      ...{ method: "PUT", status: 201, user_agent: DAV },
    }),
  ]),
  "rclone synchronising a copy of /etc": [
    "passwd",
    "shadow",
    "hosts",
    "ssh/sshd_config",
  ]
    .map((name, n) =>
      seen(n * 300, `/dav/backup/etc/${name}`, {
        ...{ method: "PUT", status: 201, user_agent: DAV },
        ...SIGNED_IN,
      })
    ),
  "a wiki's admin on pages with telling names": [
    seen(0, "/wiki/Phpinfo()", SIGNED_IN),
    seen(9_000, "/wiki/Linux:/etc/passwd", SIGNED_IN),
    seen(19_000, "/wiki/Linux:/etc/passwd?action=edit", SIGNED_IN),
  ],
  "a reader of pages with telling names": [
    seen(0, "/wiki/Phpinfo()"),
    seen(9_000, "/wiki/Linux:/etc/passwd"),
  ],
  "wget mirroring a site with 69 dead links of its own": [
    ...series(60, 900, (n) => `/docs/page-${"abcdef"[n % 6]}${n}.html`, {
      user_agent: "Wget/1.21.3",
    }),
    ...series(
      69,
      900,
      (n) => `/docs/old/${"ghijkl"[n % 6]}-chapter-${n}.html`,
      {
        status: 404,
        user_agent: "Wget/1.21.3",
        referrer: "https://www.example.org/docs/index.html",
      },
    ),
  ],
  "an hour of a busy wiki": series(320, 11_000, (n) => `/wiki/Page_${n}`, {
    referrer: "https://www.example.org/wiki/Main_Page",
  }),
  "an hour of a notebook": series(400, 9_000, () => "/api/kernels", SIGNED_IN),
  "an hour of a calendar": series(180, 20_000, () => "/caldav/ann/work/", {
    ...{ method: "REPORT", status: 207, user_agent: "DAVx5/4.3" },
    ...SIGNED_IN,
  }),
  "85 missing previews in a browser": series(
    85,
    200,
    (n) => `/previews/${"abcdefgh"[n % 8]}${n * 7919}-small.webp`,
    { status: 404, referrer: "https://www.example.org/gallery" },
  ).concat(series(30, 900, (n) => `/gallery/${n}`)),
  "81 old pages asked for by Google's crawler": series(
    81,
    20_000,
    (n) => `/archive/${"abcdefghi"[n % 9]}/story-${n}.html`,
    {
      status: 404,
      user_agent:
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    },
  ),
  "a feed reader that resolves six links one step too far": series(
    6,
    500,
    (n) => `/feed/../../img/photo-${n}.png`,
    {
      status: 404,
      user_agent: "NetNewsWire (RSS Reader; https://netnewswire.com/)",
    },
  ),
  "an office behind one address": Array.from({ length: 12 }, (_, person) => [
    seen(person * 60_000, "/login", { referrer: "https://www.example.org/" }),
    seen(person * 60_000 + 9_000, "/login", {
      method: "POST",
      status: person % 4 === 0 ? 401 : 303,
    }),
    seen(person * 60_000 + 19_000, "/login", { method: "POST", status: 303 }),
    ...series(7, 1_000, (n) => `/work/${n}`, {
      username: `person${person}`,
    }).map((one) => ({
      ...one,
      timestamp: one.timestamp + person * 60_000 + 20_000,
    })),
  ]).flat(),
  "a script that logs in each minute, rightly, by a cookie": series(
    60,
    60_000,
    () => "/api/login",
    {
      method: "POST",
      flags: FLAG.password | FLAG.cookiesSeen | FLAG.newCookie,
      user_agent: "python-requests/2.31.0",
    },
  ),
  "a crowd that a newspaper sends, under which answers get slow": [
    ...series(300, 9_000, () => "/", { duration_ms: 5 }),
    ...Array.from({ length: 120 }, (_, n) => [
      seen(1_800_000 + n * 400, "/story", {
        ip_address: `203.0.${n}.9`,
        duration_ms: 900,
        referrer: "https://news.example.com/",
      }),
      ...series(14, 300, (each) => `/assets/${each}.js`, {
        ip_address: `203.0.${n}.9`,
        duration_ms: 700,
        referrer: "https://www.example.org/story",
      }).map((one) => ({
        ...one,
        timestamp: one.timestamp + 1_800_500 + n * 400,
      })),
    ]).flat(),
  ],
};

for (const [name, records] of Object.entries(INNOCENT)) {
  Deno.test(`innocent: ${name} is not above info`, async () => {
    const { worst } = await found(records);
    // Not about a client: a high load is news.
    worst.delete("*");
    assertEquals([...worst], []);
  });
}
