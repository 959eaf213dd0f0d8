import { assert, assertEquals } from "@std/assert";
import { brotliDecompressSync, gzipSync } from "node:zlib";
import { pagesToSee } from "../browser/_pages.ts";
import { fillFeeds } from "../browser/_sample_feeds.ts";
import { CompressedFiles } from "../../middlewares/compressed_files.ts";
import { startApp, type TestApp } from "../_app.ts";
import { pagesWithout } from "../_page_routes.ts";
import { fillBusySite, STORM } from "./_busy_site.ts";
import { repeatedFields } from "./_forms.ts";

/** Missing objects, for an admin. */
const ABSENT = /^\/(?:setup|no\/such|admin\/blocked\/confirm)/;
/** The size limit of a page as transferred, with everything it loads except scripts, in bytes. */
const LIMIT = 30_000;
/** The same with gzip, which browsers use over plain http; except for lists of hundreds of rows. */
const GZIP_LIMIT = 30_000;

Deno.test("repeatedFields() finds what a form would send twice, and nothing else", () => {
  const form = (inner: string, rest = "") =>
    `<form method="post" id="f">${inner}</form>${rest}`;
  const a = '<input name="a">';
  assertEquals(repeatedFields(form(a)), []);
  assertEquals(repeatedFields(form(a + a)), ["a"]);
  assertEquals(repeatedFields(form(a) + form(a)), []);
  assertEquals(repeatedFields(form(a, '<input form="f" name="a">')), ["a"]);
  const buttons = '<button name="a"></button><button name="a"></button>';
  assertEquals(repeatedFields(form(buttons)), []);
  assertEquals(repeatedFields(form(a + buttons)), ["a"]);
  const radios = '<input type="radio" name="a"><input type="radio" name="a">';
  assertEquals(repeatedFields(form(radios)), []);
});

Deno.test("weight: no page of a busy site under attack is over 30 kB besides scripts", async (t) => {
  await using app = await startApp({ now: Date.UTC(2026, 0, 5, 12) });
  const { cookie } = await app.signIn("root", "admin");
  const { busy, incident } = await fillBusySite(app);
  await fillFeeds(app.services.kv, app.clock.now);
  const user = /\/admin\/users\/([^"?]+)"/.exec(
    await (await app.fetch("/admin/users", { cookie })).text(),
  )![1];
  const requests = await (await app.fetch("/admin/requests", { cookie }))
    .text();
  const open = /[?&;](open=[^"#&]+)/.exec(requests)![1];
  const card = await (await app.fetch(`/admin/incidents/${incident}`, {
    cookie,
  })).text();
  assert(card.includes(`${STORM} addresses`), "the storm is one incident");

  const paths = new Set([
    ...pagesToSee({ busy, blocked: "198.18.1.7" })
      .filter(({ name }) => !/wrong|none/.test(name))
      .map(({ path }) => path),
    ...["/setup", "/profile/second-factor"],
    ...["/admin?range=7d", "/admin?range=30d", "/admin?since=2024-06-01"],
    ...["addresses", "paths", "user_agents", "referrers", "operators"]
      .map((list) => `/admin?range=7d&all=${list}`),
    `/admin/requests?${open}`,
    "/admin/requests?limit=500",
    "/admin/requests?path=/.env",
    ...["/admin/ip/203.0.112.0%2F23", "/admin/ip/203.0.112.5?range=30d"],
    "/admin/about?asn=64510",
    ...[
      ...["path=/.env", "visitor=human", "country=US", "username=person-2"],
      ...["user_agent=python-requests/2.32", "bot=python-requests"],
    ]
      .map((query) => `/admin/about?${query}&range=7d`),
    `/admin/incidents/${incident}`,
    `/admin/incidents/${incident}?preview=block`,
    "/admin/incidents?limit=200",
    "/admin/suspicious?view=all&limit=200",
    "/admin/blocked?limit=200",
    "/admin/audit?limit=200",
    `/admin/users/${user}`,
    "/admin/search?q=a",
    "/admin/feeds/spamhaus-drop",
    "/admin/blocked/confirm?token=x",
  ]);
  const files = new Map<string, number>();
  for (const path of paths) {
    await t.step(path, async () => {
      const { html, bytes } = await load(app, path, cookie);
      assertEquals(repeatedFields(html), [], "fields that are sent twice");
      const sum = bytes + await loaded(app, html, "br", files);
      assert(sum <= LIMIT, `${sum} bytes`);
      const old = gzipSync(html).length +
        await loaded(app, html, "gzip", files);
      if (!path.includes("limit=")) assert(old <= GZIP_LIMIT, `${old} by gzip`);
    });
  }

  // A second factor is requested only after a password.
  paths.add("/login/code");
  // There is no provider here; the page of its redirect is a sentence.
  paths.add("/login/oidc").add("/login/oidc/callback");
  await t.step("no page is left out", async () => {
    const left = await pagesWithout(paths);
    assertEquals(left, []);
  });
});

/** A page, and its size in bytes. */
async function load(
  app: TestApp,
  path: string,
  cookie: string,
): Promise<{ html: string; bytes: number }> {
  const response = await app.fetch(path, {
    cookie,
    headers: { "accept-encoding": "br" },
  });
  assert(
    response.status < 400 || ABSENT.test(path),
    `${path} is answered ${response.status}`,
  );
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isPacked = response.headers.get("content-encoding") === "br";
  const html = isPacked ? brotliDecompressSync(bytes) : bytes;
  return { html: new TextDecoder().decode(html), bytes: bytes.length };
}

/** The size of a page's style sheets and pictures. */
async function loaded(
  app: TestApp,
  html: string,
  encoding: "br" | "gzip",
  known: Map<string, number>,
): Promise<number> {
  const urls = [
    ...html.matchAll(
      /<(?:link rel="(?:stylesheet|icon)"[^>]*href|img [^>]*src)="(\/[^"]+)"/g,
    ),
  ].map(([, url]) => url!.replaceAll("&amp;", "&"));
  assert(urls.length >= 2, "a style sheet and an icon");
  let sum = 0;
  for (const url of urls) {
    const key = `${encoding} ${url}`;
    if (!known.has(key)) known.set(key, await packedFile(app, url, encoding));
    sum += known.get(key)!;
  }
  return sum;
}

/** The size of a file as sent by the server, which a build in memory does not have. */
async function packedFile(
  app: TestApp,
  url: string,
  encoding: "br" | "gzip",
): Promise<number> {
  const { body, headers } = await app.fetch(url);
  const response = new Response(body, {
    headers: { etag: '"1"', "content-type": headers.get("content-type")! },
  });
  const request = new Request(`http://localhost${url}`, {
    headers: { "accept-encoding": encoding },
  });
  const packed = await new CompressedFiles().answer(request, response);
  return (await packed.arrayBuffer()).byteLength;
}
