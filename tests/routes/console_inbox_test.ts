import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listFindings } from "../../lib/detection/findings.ts";
import { startApp, type TestApp } from "../_app.ts";
import { log, see } from "./_console.ts";

const PAGE = "/admin/suspicious";

/** An app with a finding of high volume for each of some addresses. */
async function begin(addresses: string[]) {
  const app = await startApp({ env: { SUSPICIOUS_REQUEST_THRESHOLD: "2" } });
  const { cookie } = await app.signIn("root", "admin");
  for (const [i, ip_address] of addresses.entries()) {
    await log(
      app,
      ...Array.from({ length: 12 + i }, () => ({ ip_address })),
    );
  }
  await app.services.detect({ at: app.clock.now });
  const ids = new Map(
    (await find(app)).map(({ id, ip_address }) => [ip_address, id]),
  );
  const post = async (fields: [string, string][]) => {
    const response = await app.fetch(PAGE, {
      cookie,
      body: new URLSearchParams(fields),
      headers: { origin: "http://localhost" },
    });
    return { response, text: await response.text() };
  };
  return {
    app,
    cookie,
    post,
    select: (...ips: string[]): [string, string][] =>
      ips.map((ip) => ["id", ids.get(ip)!]),
    /** Follows a redirect, and presses "Undo" there. */
    async undo({ headers }: Response) {
      const html = await see(app, headers.get("location")!, cookie);
      const form = /<form[^>]*action="\/admin\/audit".*?<\/form>/s
        .exec(html)![0];
      const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)]
        .map(([, name, value]) => [name!, value!] as [string, string]);
      const response = await app.fetch("/admin/audit", {
        cookie,
        form: Object.fromEntries(fields),
      });
      return { response, text: await response.text() };
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

async function find(app: TestApp) {
  const { kv, now } = app.services;
  const { items } = await listFindings(kv, {
    rule: "high_volume",
    limit: 100,
    now: now(),
  });
  return items;
}

async function active(app: TestApp): Promise<string[]> {
  return (await find(app)).filter(({ is_active }) => is_active)
    .map(({ ip_address }) => ip_address).sort();
}

const status = async (app: TestApp, peer: string) =>
  (await app.fetch("/", { peer })).status;

Deno.test("inbox: dismisses several with a reason, and takes it back", async () => {
  await using it = await begin(["8.8.4.1", "8.8.4.2", "8.8.4.3"]);
  const { app, cookie } = it;
  const { response } = await it.post([
    ["action", "bulk"],
    ["bulk", "resolve"],
    ["why", "our monitoring"],
    ...it.select("8.8.4.1", "8.8.4.2"),
  ]);
  assertEquals(response.status, 303);
  assertEquals(await active(app), ["8.8.4.3"]);
  const html = await see(app, response.headers.get("location")!, cookie);
  assertStringIncludes(html, "2 findings: dismissed.");
  assertStringIncludes(
    await see(app, `${PAGE}?view=resolved`, cookie),
    "our monitoring",
  );
  assertEquals((await it.undo(response)).response.status, 303);
  assertEquals(await active(app), ["8.8.4.1", "8.8.4.2", "8.8.4.3"]);
});

Deno.test("inbox: blocks several; undo leaves alone what was blocked before", async () => {
  await using it = await begin(["8.8.4.1", "8.8.4.2"]);
  const { app, cookie } = it;
  const before = await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "block", ip: "8.8.4.1", reason: "before" },
  });
  assertEquals(before.status, 303);
  const { response, text } = await it.post([
    ["action", "bulk"],
    ["bulk", "block"],
    ...it.select("8.8.4.1", "8.8.4.2"),
  ]);
  assertEquals(response.status, 303, text);
  assertEquals(await status(app, "8.8.4.2"), 403);
  assertEquals(await active(app), []);
  await it.undo(response);
  assertEquals(await status(app, "8.8.4.2"), 200);
  assertEquals(await status(app, "8.8.4.1"), 403);
});

Deno.test("inbox: allows, and takes it back", async () => {
  await using it = await begin(["8.8.4.1"]);
  const { app } = it;
  const { response } = await it.post([
    ["action", "bulk"],
    ["bulk", "allow"],
    ...it.select("8.8.4.1"),
  ]);
  assertEquals(
    app.services.lists.match("8.8.4.1", app.clock.now)?.kind,
    "safe",
  );
  await it.undo(response);
  assertEquals(app.services.lists.match("8.8.4.1", app.clock.now), null);
  assertEquals(await active(app), ["8.8.4.1"]);
});

Deno.test("inbox: one finding's dismissal can be taken back, too", async () => {
  await using it = await begin(["8.8.4.1"]);
  const { response } = await it.post([
    ["action", "resolve"],
    ...it.select("8.8.4.1"),
  ]);
  assertEquals(await active(it.app), []);
  await it.undo(response);
  assertEquals(await active(it.app), ["8.8.4.1"]);
});

Deno.test("inbox: what cannot be done is said, the rest is done", async () => {
  await using it = await begin(["8.8.4.1", "198.51.100.7"]);
  const { app } = it;
  // The second is the admin's own address.
  const { response, text } = await it.post([
    ["action", "bulk"],
    ["bulk", "block"],
    ...it.select("8.8.4.1", "198.51.100.7"),
  ]);
  assertEquals(response.status, 409);
  assertStringIncludes(text, "1 done. Not done: 198.51.100.7");
  assertEquals(await active(app), ["198.51.100.7"]);
});

Deno.test("inbox: nothing selected, nonsense and too many are refused", async () => {
  await using it = await begin(["8.8.4.1"]);
  const cases: [number, [string, string][]][] = [
    [422, [["action", "bulk"], ["bulk", "block"]]],
    [400, [["action", "bulk"], ["bulk", "burn"], ...it.select("8.8.4.1")]],
    [400, [["action", "constructor"]]],
    [
      400,
      [
        ["action", "bulk"],
        ["bulk", "resolve"],
        ...Array.from({ length: 201 }, (_, i): [string, string] => [
          "id",
          String(i).padStart(16, "0"),
        ]),
      ],
    ],
  ];
  for (const [expected, fields] of cases) {
    const { response, text } = await it.post(fields);
    assertEquals(response.status, expected, text);
  }
  assertEquals(await active(it.app), ["8.8.4.1"]);
});

Deno.test("inbox: the most serious come first, or the latest", async () => {
  await using it = await begin(["8.8.1.1", "8.8.2.2", "8.8.3.3"]);
  const order = async (query: string) => {
    const html = await see(it.app, PAGE + query, it.cookie);
    return [...html.matchAll(/data-row="([^"]+)"/g)].map((match) => match[1]);
  };
  assertEquals(await order(""), ["8.8.3.3", "8.8.2.2", "8.8.1.1"]);
  const newest = await order("?sort=newest");
  assertEquals(newest.toSorted(), ["8.8.1.1", "8.8.2.2", "8.8.3.3"]);
  const page = await order("?sort=newest&limit=2");
  assert(page.length === 2);
});

Deno.test("inbox: the filters hold over all findings, page by page", async () => {
  const addresses = Array.from({ length: 9 }, (_, i) => `8.8.5.${i + 1}`);
  await using it = await begin(addresses);
  const { app, cookie } = it;
  const rows = (html: string) =>
    [...html.matchAll(/data-row="([^"]+)"/g)].map((match) => match[1]!);
  const seen: string[] = [];
  let path: string | null = `${PAGE}?view=all&rule=high_volume&limit=4`;
  for (let pages = 0; path !== null && pages < 9; pages++) {
    const html: string = await see(app, path, cookie);
    assertStringIncludes(html, "9 findings in all, the most severe first.");
    seen.push(...rows(html));
    const next: string | undefined = /href="([^"]+)" rel="next"/.exec(html)
      ?.[1];
    path = next?.replaceAll("&amp;", "&") ?? null;
  }
  assertEquals(seen.length, 9);
  assertEquals(seen.toSorted(), addresses);

  const one = await see(app, `${PAGE}?view=all&ip=8.8.5.3`, cookie);
  assertEquals(new Set(rows(one)), new Set(["8.8.5.3"]));
  const none = await see(app, `${PAGE}?rule=bad_bot`, cookie);
  assertStringIncludes(none, "No finding matches.");
  for (const query of ["severity=fatal", "rule=<b>", "cursor=x"]) {
    assertEquals(
      (await app.fetch(`${PAGE}?${query}`, { cookie })).status,
      400,
      query,
    );
  }
});

Deno.test("api: findings by severity, and the most serious first", async () => {
  await using it = await begin(["8.8.4.1", "8.8.4.2", "8.8.4.3"]);
  const { token } = await it.app.signIn("script", "admin");
  const get = async (query: string) => {
    const response = await it.app.fetch(`/api/suspicious?${query}`, { token });
    return { status: response.status, body: await response.json() };
  };
  const first = await get("reason=high_volume&sort=severity&limit=2");
  const rest = await get(
    `reason=high_volume&sort=severity&limit=2&cursor=${first.body.cursor}`,
  );
  assertEquals(
    [...first.body.items, ...rest.body.items].map((item: {
      ip_address: string;
    }) => item.ip_address),
    ["8.8.4.3", "8.8.4.2", "8.8.4.1"],
  );
  assertEquals(rest.body.cursor, null);
  const { body: { items: [{ severity }] } } = first;
  const same = await get(`reason=high_volume&severity=${severity}`);
  assert(same.body.items.length > 0);
  assertEquals((await get("severity=fatal")).status, 400);
  assertEquals((await get("sort=loud")).status, 400);
});
