import { assert, assertEquals, assertThrows } from "@std/assert";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { underBasePath } from "../../lib/http/base_path.ts";
import { ConfigError, parseConfig } from "../../lib/settings/config.ts";

const info = {
  remoteAddr: { transport: "tcp", hostname: "192.0.2.7", port: 40_000 },
  completed: Promise.resolve(),
} as Deno.ServeHandlerInfo<Deno.NetAddr>;

async function seen(url: string): Promise<string> {
  const handler = underBasePath("/p", (request) => new Response(request.url));
  return await (await handler(new Request(url), info)).text();
}

Deno.test("underBasePath() takes the path away, whole segments only, and leaves the rest byte for byte", async () => {
  const rows = [
    ["/p", "/"],
    ["/p/", "/"],
    ["/p?a=/p/", "/?a=/p/"],
    ["/p/admin/ip/192.0.2.0%2F24?x=%20", "/admin/ip/192.0.2.0%2F24?x=%20"],
    ["/p//x", "//x"],
    ["/p/p/p", "/p/p"],
    // A proxy has already removed it.
    ["/", "/"],
    ["/admin", "/admin"],
    ["/px", "/px"],
    ["/P/x", "/P/x"],
  ];
  for (const [from, to] of rows) {
    assertEquals(
      await seen(`http://p.example${from}`),
      `http://p.example${to}`,
    );
  }
});

Deno.test("underBasePath() hands on unchanged what the guard refuses", async () => {
  const handler = underBasePath("/p", (request) => {
    return new Response(`${request.method} ${request.url}`);
  });
  for (
    const [method, url, host] of [
      ["TRACK", "http://h/p/x", "h"],
      ["get", "http://h/p/x", "h"],
      ["GET", "http://h/p/x", "h\\p\\login#"],
    ] as const
  ) {
    // As made by the server: the constructor would normalize or refuse some.
    const request = { method, url, headers: new Headers({ host }) };
    const answer = await handler(request as Request, info);
    assertEquals(await answer.text(), `${method} ${url}`);
  }
});

Deno.test("underBasePath() passes method, fields and body on", async () => {
  const handler = underBasePath("/p", async (request) =>
    Response.json([
      request.method,
      request.headers.get("x-a"),
      await request.text(),
    ]));
  const body = new Blob(["hello"]).stream();
  const answer = await handler(
    new Request("http://x/p/y", {
      method: "PUT",
      headers: { "x-a": "1" },
      body,
    }),
    info,
  );
  assertEquals(await answer.json(), ["PUT", "1", "hello"]);
});

Deno.test("underBasePath() puts the path before redirects of this site, and no others", async () => {
  for (
    const [to, expected] of [
      ["/login?next=%2Fadmin", "/p/login?next=%2Fadmin"],
      ["//evil.example", "//evil.example"],
      ["https://example.org/", "https://example.org/"],
    ] as const
  ) {
    const handler = underBasePath("/p", () =>
      new Response(null, {
        status: 303,
        headers: [["location", to], ["set-cookie", "a=1"], [
          "set-cookie",
          "b=2",
        ]],
      }));
    const answer = await handler(new Request("http://x/p/"), info);
    assertEquals(answer.status, 303);
    assertEquals(answer.headers.get("location"), expected);
    assertEquals(answer.headers.getSetCookie(), ["a=1", "b=2"]);
  }
});

const page = (body: unknown) =>
  underBasePath("/p", () =>
    new Response(
      "<!DOCTYPE html>" +
        // deno-lint-ignore no-explicit-any
        renderToString(h("html", { lang: "en" }, h("body", null, body as any))),
      { headers: { "content-type": "text/html; charset=utf-8" } },
    ));

Deno.test("underBasePath() puts the path before links, forms and scripts", async () => {
  const handler = page([
    h("a", { href: "/admin?x=/y" }, "in"),
    h("a", { href: "//other.example/" }, "out"),
    h("a", { href: "#main" }, "here"),
    h("form", { method: "post", action: "/login" }),
    h("button", { formAction: "/logout" }),
    h("img", { src: "/favicon.svg" }),
  ]);
  const text = await (await handler(new Request("http://x/p/"), info)).text();
  assertEquals(
    text,
    '<!DOCTYPE html><html data-base="/p" lang="en"><body>' +
      '<a href="/p/admin?x=/y">in</a><a href="//other.example/">out</a>' +
      '<a href="#main">here</a><form method="post" action="/p/login"></form>' +
      '<button formaction="/p/logout"></button><img src="/p/favicon.svg"/>' +
      "</body></html>",
  );
});

Deno.test("underBasePath() puts the path before what a page has loaded ahead", async () => {
  const link = '</_fresh/js/1/a.js>; rel="modulepreload"; as="script", ' +
    "<https://x.example/_fresh/b>; rel=preload";
  const handler = underBasePath(
    "/p",
    () =>
      new Response("<p>", { headers: { "content-type": "text/html", link } }),
  );
  const answer = await handler(new Request("http://x/p/"), info);
  await answer.body?.cancel();
  assertEquals(
    answer.headers.get("link"),
    '</p/_fresh/js/1/a.js>; rel="modulepreload"; as="script", ' +
      "<https://x.example/_fresh/b>; rel=preload",
  );
});

Deno.test("underBasePath() leaves alone what visitors have written", async () => {
  const hostile = ' href="/admin" src="/x" from "/_fresh/js/x" <html';
  const handler = page([
    h("p", { title: hostile }, hostile),
    h("input", { value: hostile }),
  ]);
  const text = await (await handler(new Request("http://x/p/"), info)).text();
  assertEquals(text.split("/p/").length, 1, text);
  assertEquals(text.split("data-base").length, 2, text);
});

Deno.test("underBasePath() reads nothing but pages, and an empty path changes nothing", async () => {
  const own = () => new Response("x");
  assert(underBasePath("", own) === own);
  for (const type of ["application/json", "text/event-stream", "text/css"]) {
    const text = ' href="/x"';
    const handler = underBasePath(
      "/p",
      () => new Response(text, { headers: { "content-type": type } }),
    );
    const answer = await handler(new Request("http://x/p/"), info);
    assertEquals(await answer.text(), text);
  }
});

Deno.test("BASE_PATH is a path", () => {
  const rows = { "/p": "/p", "/p/": "/p", "/a/b-c.d": "/a/b-c.d", "/": "" };
  for (const [text, expected] of Object.entries(rows)) {
    assertEquals(parseConfig({ BASE_PATH: text }).basePath, expected);
  }
  assertEquals(parseConfig({}).basePath, "");
  for (
    const text of [
      "p",
      "//p",
      "/p//q",
      "/../p",
      "/a b",
      '/"',
      "/%2F",
      "https://x/p",
      "/$&",
    ]
  ) {
    assertThrows(
      () => parseConfig({ BASE_PATH: text }),
      ConfigError,
      "BASE_PATH",
    );
  }
});
