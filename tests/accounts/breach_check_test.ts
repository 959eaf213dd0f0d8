import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type BreachCheck,
  createBreachCheck,
} from "../../lib/accounts/breach_check.ts";
import { startApp } from "../_app.ts";

const LEAKED = "a leaked password";

async function digestOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toHex()
    .toUpperCase();
}

/** A breach list on a free local port with the given responses, and its requests. */
function startList(answer: (prefix: string) => Response | Promise<Response>) {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return answer(pathname.split("/").at(-1)!);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/range/`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const check = (url: string, timeoutMs = 2_000): BreachCheck =>
  createBreachCheck({ url, allowPrivate: true, timeoutMs });

Deno.test("isBreached(): five digits are asked about, the rest is compared here", async () => {
  const digest = await digestOf(LEAKED);
  await using list = startList(() =>
    new Response(
      `0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n${digest.slice(5)}:3\r\n`,
    )
  );
  const isBreached = check(list.url);
  assertEquals(await isBreached(LEAKED), true);
  assertEquals(await isBreached("another password"), false);
  assertEquals(list.asked[0], `/range/${digest.slice(0, 5)}`);
  assertEquals(list.asked.length, 2);
  assert(list.asked.every((path) => /^\/range\/[0-9A-F]{5}$/.test(path)));
});

Deno.test("isBreached(): a line that only pads the answer is none", async () => {
  const digest = await digestOf(LEAKED);
  await using list = startList(() => new Response(`${digest.slice(5)}:0\n`));
  assertEquals(await check(list.url)(LEAKED), false);
});

Deno.test("isBreached(): a list that fails, hangs, lies or is not there keeps nobody out, and is left alone for a while", async () => {
  const hanging: PromiseWithResolvers<Response>[] = [];
  const answers: [string, () => Response | Promise<Response>][] = [
    ["500", () => new Response("", { status: 500 })],
    ["404", () => new Response("", { status: 404 })],
    ["redirect", () => Response.redirect("http://127.0.0.1:1/", 302)],
    ["too much", () => new Response("x".repeat(1_000_000))],
    ["hangs", () => {
      hanging.push(Promise.withResolvers());
      return hanging.at(-1)!.promise;
    }],
  ];
  for (const [name, answer] of answers) {
    await using list = startList(answer);
    let time = 0;
    const isBreached = createBreachCheck({
      ...{ url: list.url, allowPrivate: true, timeoutMs: 300 },
      now: () => time,
    });
    assertEquals(await isBreached(LEAKED), false, name);
    assertEquals(await isBreached(LEAKED), false, name);
    assertEquals(list.asked.length, 1, name);
    time += 60_000;
    assertEquals(await isBreached(LEAKED), false, name);
    assertEquals(list.asked.length, 2, name);
    for (const { resolve } of hanging) resolve(new Response(""));
  }
  assertEquals(await check("http://127.0.0.1:9/")(LEAKED), false);
});

Deno.test("isBreached(): nobody but the internet is asked, unless that is allowed", async () => {
  await using list = startList(() => new Response(""));
  const isBreached = createBreachCheck({ url: list.url, allowPrivate: false });
  assertEquals(await isBreached(LEAKED), false);
  assertEquals(list.asked, []);
});

Deno.test("BREACH_CHECK: signup and a new password refuse what has leaked, and only those", async () => {
  const digest = await digestOf(LEAKED);
  await using list = startList((prefix) =>
    new Response(digest.startsWith(prefix) ? `${digest.slice(5)}:9\n` : "")
  );
  await using app = await startApp({
    env: { BREACH_CHECK: list.url, OUTBOUND_PRIVATE: "1" },
  });
  const form = { username: "eve", password: LEAKED };
  const page = await app.fetch("/signup", { form });
  assertEquals(page.status, 422);
  assertStringIncludes(await page.text(), "appears in a data breach");
  const call = await app.fetch("/api/signup", { method: "POST", json: form });
  assertEquals(call.status, 422);
  assertStringIncludes((await call.json()).detail, "appears in a data breach");
  const ann = { username: "ann", password: "a password of ann's" };
  const { status, headers } = await app.fetch("/signup", { form: ann });
  assertEquals(status, 303);
  const cookie = headers.getSetCookie().map((one) => one.split(";")[0]).join(
    "; ",
  );
  const change = await app.fetch("/profile", {
    cookie,
    form: { action: "password", current: ann.password, next: LEAKED },
  });
  assertEquals(change.status, 422);
  assertStringIncludes(await change.text(), "appears in a data breach");
  // A mere login must not be revealed to an outside service.
  const before = list.asked.length;
  await app.fetch("/login", { form: ann });
  assertEquals(list.asked.length, before);
});

Deno.test("BREACH_CHECK: off by default, and a list that is gone fails no signup", async () => {
  for (const url of [undefined, "http://127.0.0.1:9/range/"]) {
    await using app = await startApp({
      env: url === undefined
        ? {}
        : { BREACH_CHECK: url, OUTBOUND_PRIVATE: "1" },
    });
    assertEquals(app.services.config.breachCheck, url ?? null);
    const response = await app.fetch("/signup", {
      form: { username: "eve", password: LEAKED },
    });
    assertEquals(response.status, 303);
  }
});
