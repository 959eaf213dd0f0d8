import { HOUR, MINUTE } from "../../../lib/base/duration.ts";
import { pathScanning } from "../../../lib/detection/rules/path_scanning.ts";
import { BIT } from "../../../lib/signals/signal.ts";
import { evaluate } from "../../../lib/detection/engine.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { HOUR_START, sourceOf, THE_HOUR } from "../records.ts";
import { holdsTo, spread, visits } from "./_table.ts";

const missing = { status: 404 };
/** One of who shows no other sign than the path. */
const lone = {
  status: 404,
  user_agent: "Mozilla/5.0 (Windows NT 10.0) Firefox/77.0",
};
const names = (count: number) =>
  Array.from({ length: count }, (_, n) => `/${word(n)}`);
/** Words that differ by more than a number. */
const word = (n: number): string =>
  (n >= 26 ? word(Math.floor(n / 26) - 1) : "") +
  String.fromCharCode(97 + n % 26);
/** 36 names in nine folders. */
const guesses = Array.from(
  { length: 36 },
  (_, n) => `/${word(n % 9)}/${word(n)}`,
);
const over = (count: number, fromMs: number, toMs: number) =>
  visits(names(count), missing).map((item, index) => ({
    ...item,
    timestamp: HOUR_START + fromMs +
      Math.floor(index * (toMs - fromMs) / (count - 1)),
  }));

holdsTo(pathScanning(), {
  "21 missing pages": [visits(names(21), missing), "warning"],
  "21 missing pages over the hour": [over(21, 0, HOUR - 1), "warning"],
  "21 that are gone": [visits(names(21), { status: 410 }), "warning"],
  "80 missing pages": [visits(names(80), missing), "warning"],
  "81 missing pages, none of them a probe": [
    visits(names(81), missing),
    "warning",
  ],
  "80 missing pages and a probe": [
    visits([...names(80), "/.env"], missing),
    "critical",
  ],
  "WordPress, its configuration and its users": [
    visits(["/wp-login.php", "/wp-config.php.bak", "/wp-json/wp/v2/users"], {
      ...missing,
    }),
    "warning",
  ],
  "secrets left in the open": [
    visits(["/.env", "/.git/config", "/.aws/credentials"], missing),
    "warning",
  ],
  "the same, encoded and in capitals": [
    visits(["/%2eenv", "/.GIT/config", "/.Aws/credentials"], missing),
    "warning",
  ],
  "databases' consoles": [
    visits(["/phpmyadmin/", "/pma/index.php", "/adminer.php"], missing),
    "warning",
  ],
  "deeper down": [
    visits([
      "/blog/wp-login.php",
      "/old/.env.production",
      "/x/vendor/phpunit/src/Util/PHP/eval-stdin.php",
    ], missing),
    "warning",
  ],
  "ten different probes": [
    visits(
      ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map((name) =>
        `/${name}/wp-login.php`
      ),
      missing,
    ),
    "critical",
  ],
  "one probe, 30 times, by who gets nothing else": [
    spread(30, [0, MINUTE], { path: "/.env", ...missing }),
    "info",
  ],
  "one probe by who gets nothing else": [
    visits(["/wp-login.php"], lone),
    "warning",
  ],
  "one of phpMyAdmin by another name": [
    visits(["/phpMyAdmin-5.0.2/index.php"], lone),
    "warning",
  ],
  "one of a telephone system's portal": [
    visits(["/a2billing/admin/Public/index.php"], lone),
    "warning",
  ],
  "a script of two letters": [visits(["/xx.php"], lone), "warning"],
  "one of a database's console, after the start page": [
    [...visits(["/"]), ...visits(["/adminer.php"], { ...lone })].map(
      (item) => ({ ...item, signals: item.status === 404 ? BIT.probe : 0 }),
    ),
    "warning",
  ],
  "one, and the icon that a browser asks for": [
    visits(["/wp-login.php", "/favicon.ico"], lone),
    "info",
  ],
  "one, which is forbidden": [
    visits(["/wp-login.php"], { ...lone, status: 403 }),
    "info",
  ],
  "one, to which a link led": [
    visits(["/wp-login.php"], { ...lone, referrer: "https://a.example/" }),
    "info",
  ],
  "one, again and again by a program that was set up so": [
    spread(30, [0, MINUTE], { path: "/xmlrpc.php", ...lone }),
    "info",
  ],
  "one, by a crawler that follows old links": [
    visits(["/wp-login.php"], {
      ...lone,
      user_agent: "Mozilla/5.0 (compatible; AhrefsBot/7.0)",
    }),
    "info",
  ],
  "one, by a program that was set up for that product": [
    visits(["/xmlrpc.php"], { ...lone, user_agent: "wp-android/14.8" }),
    "info",
  ],
  "a repository that git looks for": [
    visits(["/.git/info/refs"], { ...lone, user_agent: "git/2.47.0" }).map((
      item,
    ) => ({ ...item, signals: BIT.probe })),
    "info",
  ],
  "a page of that name deeper down": [
    visits(["/club/history/test.php"], missing),
    null,
  ],
  "two, as old bookmarks may be, and a page that is there": [
    [...visits(["/wp-admin/", "/wp-login.php"], missing), ...visits(["/"])],
    "info",
  ],
  "two by who gets nothing else": [
    visits(["/wp-admin/", "/wp-login.php"], missing),
    "warning",
  ],
  "60 missing pages in one folder, as of a second package index": [
    visits(names(60).map((name) => `/simple${name}/`), missing),
    null,
  ],
  "60 numbered siblings": [
    visits(
      Array.from({ length: 60 }, (_, n) => `/photos/IMG_${n}.jpg`),
      missing,
    ),
    null,
  ],
  "60 files that the client then makes": [
    [
      ...visits(names(60), { ...missing, method: "PROPFIND" }),
      ...visits(names(60), { method: "PUT", status: 201 }),
    ],
    null,
  ],
  "60 missing previews of a page of the site": [
    [
      ...visits(["/gallery"]),
      ...visits(names(60), {
        ...missing,
        referrer: "https://example.org/gallery",
      }),
    ],
    null,
  ],
  "200 missing previews of a page of the site": [
    [
      ...visits(["/gallery"]),
      ...visits(names(200), {
        ...missing,
        referrer: "https://example.org/gallery",
      }),
    ],
    "warning",
  ],
  "guesses in nine folders, under a browser's name": [
    visits(guesses, { ...missing, user_agent: "Mozilla/5.0 (X11) Firefox/1" }),
    "critical",
  ],
  "the same of a signed-in client": [
    visits(guesses, {
      ...{ ...missing, username: "ann" },
      user_agent: "Mozilla/5.0 (X11) Firefox/1",
    }),
    "info",
  ],
  "60 dead links of a site that is otherwise read": [
    [...visits(names(60), missing), ...visits(names(300))],
    "info",
  ],
  "60 missing pages of a signed-in client": [
    visits(names(60), { ...missing, username: "ann" }),
    "info",
  ],
  "a mail program that looks for its settings": [
    visits([
      "/autodiscover/autodiscover.xml",
      "/Autodiscover/Autodiscover.xml",
      "/autodiscover/autodiscover.json",
    ], missing),
    null,
  ],
  "20 missing pages": [visits(names(20), missing), null],
  "one missing page, 500 times": [
    spread(500, [0, HOUR - 1], { path: "/files/old.jar", ...missing }),
    null,
  ],
  "what browsers ask for by themselves": [
    visits([
      "/favicon.ico",
      "/apple-touch-icon.png",
      "/apple-touch-icon-precomposed.png",
      "/apple-touch-icon-120x120.png",
      "/browserconfig.xml",
      "/.well-known/change-password",
    ], missing),
    null,
  ],
  "what crawlers ask for by themselves": [
    visits([
      "/robots.txt",
      "/sitemap.xml",
      "/ads.txt",
      "/.well-known/security.txt",
      "/humans.txt",
    ], missing),
    null,
  ],
  "a page's broken images": [
    visits(
      Array.from({ length: 12 }, (_, n) => `/talks/images/slide-${n}.gif`),
      missing,
    ),
    null,
  ],
  "a reader of 500 pages that are there": [visits(names(500)), null],
  "WordPress where it is": [
    visits(["/wp-login.php", "/wp-admin/", "/wp-content/x.css"]),
    null,
  ],
  "refusals of the app": [visits(names(100), { status: 403 }), null],
  "not signed in": [visits(names(100), { status: 401 }), null],
  "redirects to the page with a slash": [
    visits(names(100), { status: 301 }),
    null,
  ],
  "what our blocklist refused": [
    visits(["/.env", "/.git/config", "/wp-login.php"], {
      status: 404,
      outcome: "blocked",
    }),
    null,
  ],
  "words like those of probes": [
    visits([
      "/wp-login.php.html-explained",
      "/environment",
      "/git/config",
      "/administrators-guide",
    ], missing),
    null,
  ],
  "21 missing pages over two hours": [
    over(21, -HOUR + 1, HOUR - 1),
    null,
  ],
});

Deno.test("path_scanning: it says how many pages were missing, and of probes only where there are some", async () => {
  const explained = async (paths: string[]) => {
    const { drafts } = await evaluate(
      [pathScanning()],
      sourceOf(visits(paths, missing)).scan({ from: 0, to: Infinity }),
      THE_HOUR,
    );
    return drafts[0]!.explanation;
  };
  const without = await explained(names(21));
  assertEquals(without.includes("vulnerable"), false, without);
  const one = await explained([...names(21), "/.env"]);
  assertStringIncludes(one, ", 1 known vulnerable path among them");
  const two = await explained([...names(21), "/.env", "/wp-login.php"]);
  assertStringIncludes(two, ", 2 known vulnerable paths among them");
});
