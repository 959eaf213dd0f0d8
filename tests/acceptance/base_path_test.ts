import { assert, assertEquals } from "@std/assert";
import { startServer, temporaryKvPath } from "../_server.ts";
import { ADMIN, startWithAdmin } from "./_admin.ts";
import { logInByForm } from "./_form.ts";

/** Requests a page and all its links to a depth of three; returns the paths seen. */
async function crawl(
  origin: string,
  start: string,
  cookie: string,
): Promise<Set<string>> {
  const seen = new Set<string>();
  let next = [start];
  for (let step = 0; step < 3; step++) {
    const found = new Set<string>();
    for (const path of next) {
      if (seen.has(path)) continue;
      seen.add(path);
      const response = await fetch(`${origin}${path}`, {
        headers: { cookie },
        redirect: "manual",
      });
      const text = await response.text();
      assert(response.status < 400, `${path}: ${response.status}`);
      if (!/html/.test(response.headers.get("content-type") ?? "")) continue;
      assert(text.includes("data-base="), path);
      for (
        const [, to] of text.matchAll(/\s(?:href|action|src)="(\/[^"]*)"/g)
      ) {
        found.add(to!.replaceAll("&amp;", "&").replace(/#.*/, ""));
      }
      for (const [, to] of text.matchAll(/from\s*"(\/[^"]*)"/g)) found.add(to!);
    }
    next = [...found].slice(0, 80);
  }
  return seen;
}

Deno.test("BASE_PATH: under a path of another app every link, form, redirect and script leads to the console", async () => {
  const kvPath = await temporaryKvPath();
  await using console = await startWithAdmin({
    kvPath,
    env: {
      GEO_PROVIDER: "off",
      BASE_PATH: "/portcullis",
      TRUSTED_PROXIES: "127.0.0.1",
    },
  });
  const upstream = new URL(console.origin).origin;
  await using app = await startServer({
    kvPath,
    env: { CONSOLE: upstream },
    command: ["tests/acceptance/_guarded_app.ts"],
  });

  const refused = await fetch(`${app.origin}/portcullis/admin`, {
    redirect: "manual",
  });
  await refused.body?.cancel();
  assertEquals(refused.status, 303, app.errors());
  assertEquals(
    refused.headers.get("location"),
    "/portcullis/login?next=%2Fadmin",
  );
  const { cookie, to } = await logInByForm(
    app.origin,
    "/portcullis/login?next=%2Fadmin",
  );
  assertEquals(to, "/portcullis/admin");

  const seen = await crawl(app.origin, "/portcullis/admin", cookie);
  for (const path of seen) assert(path.startsWith("/portcullis/"), path);
  const has = (part: string) => [...seen].some((path) => path.includes(part));
  for (const part of ["/admin/requests", "/styles.css", "/_fresh/js/"]) {
    assert(has(part), `${part} of ${seen.size}`);
  }
  assert(seen.size > 30, `${seen.size}`);

  // A proxy that removes the prefix itself.
  const stripped = await fetch(`${upstream}/login`);
  assert((await stripped.text()).includes('href="/portcullis/styles.css'));
  // The API has the prefix, too.
  const login = await fetch(`${app.origin}/portcullis/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(ADMIN),
  });
  assertEquals(login.status, 200);
  await login.body?.cancel();
  // The app's own paths are not affected.
  const hello = await fetch(`${app.origin}/hello`);
  assertEquals(await hello.text(), "hello");

  await app.stop();
  await console.stop();
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
});
