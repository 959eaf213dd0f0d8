// deno-lint-ignore-file jsx-key -- a key is part of what is tried here
/**
 * Unexpected page structures of Fresh 2.3.3. The stand-in renders the same, so that nothing depends
 * on features that upstream lacks.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { App, csp, HttpError, page, type PageProps } from "fresh";
import { Head, Partial } from "fresh/runtime";
import { createContext, type VNode } from "preact";
import { useContext } from "preact/hooks";
import { body, errorsLogged, send } from "./_helpers.ts";

const HEAD = '<head><meta charset="utf-8"/></head>';

/** A page's HTML without nonces. */
async function html<State>(app: App<State>, path = "/"): Promise<string> {
  return (await body(app, path)).replaceAll(/ nonce="\w+"/g, "");
}

Deno.test("what is missing around a page", async () => {
  const cases: [VNode | null, string][] = [
    [<p>x</p>, `<html>${HEAD}<body><p>x</p></body></html>`],
    [null, `<html>${HEAD}<body></body></html>`],
    [
      <html lang="en">
        <body>x</body>
      </html>,
      `${HEAD}<html lang="en"><body>x</body></html>`,
    ],
    [
      <html>
        <head>
          <title>t</title>
        </head>
        <p>x</p>
      </html>,
      "<body><html><head><title>t</title></head><p>x</p></html></body>",
    ],
    [
      <>
        <head />
        <body class="b">x</body>
      </>,
      '<html><head></head><body class="b">x</body></html>',
    ],
  ];
  for (const [vnode, expected] of cases) {
    const app = new App().get("/", (ctx) => ctx.render(vnode));
    assertEquals(await html(app), `<!DOCTYPE html>${expected}`);
  }
});

Deno.test("components: a Response or promise of a plain one shows nothing, a text of an async one is 500", async () => {
  // deno-lint-ignore no-explicit-any
  const component = (fn: () => unknown) => ({ component: fn as any });
  const app = new App()
    .route("/response", component(() => new Response("R")))
    .route("/promise", component(() => Promise.resolve(<p />)))
    .route("/async-text", component(async () => await Promise.resolve("x")))
    .route(
      "/async-response",
      component(async () => await Promise.resolve(new Response("R"))),
    )
    .route("/async", component(async () => await Promise.resolve(<b>ok</b>)))
    .route("/data-only", { handler: () => page(1) });
  const empty = `<!DOCTYPE html><html>${HEAD}<body></body></html>`;
  for (const path of ["/response", "/promise", "/data-only"]) {
    assertEquals(await html(app, path), empty, path);
  }
  assertEquals(await html(app, "/async-response"), "R");
  assert((await html(app, "/async")).includes("<b>ok</b>"));
  await errorsLogged(async () => {
    const response = await send(app, "/async-text");
    await response.body?.cancel();
    assertEquals(response.status, 500);
  });
});

Deno.test("the page comes before the app wrapper: its state gets there, and no context comes back", async () => {
  const Said = createContext("nothing");
  const Show = () => <q>{useContext(Said)}</q>;
  const app = new App<{ title?: string }>()
    .appWrapper((
      { Component, state }: PageProps<unknown, { title?: string }>,
    ) => (
      <Said.Provider value="app">
        <i>{state.title}</i>
        <Component />
        <Component />
      </Said.Provider>
    ))
    .layout("/in", ({ Component }) => (
      <Said.Provider value="layout">
        <Component />
      </Said.Provider>
    ))
    .get("/", (ctx) => {
      ctx.state.title = "t";
      return ctx.render(<Show />);
    })
    .get("/in", (ctx) => ctx.render(<Show />));
  const inner = async (path: string) =>
    /<body>(.*)<\/body>/.exec(await html(app, path))![1];
  assertEquals(await inner("/"), "<i>t</i><q>nothing</q><q>nothing</q>");
  assertEquals(await inner("/in"), "<i></i><q>layout</q><q>layout</q>");
});

Deno.test("an async app wrapper is called before the page is rendered, another after it", async () => {
  type State = { title?: string };
  const shows = ({ Component, state }: PageProps<unknown, State>) => (
    <body>
      <i>{state.title}</i>
      <Component />
    </body>
  );
  const page = ({ state }: PageProps<unknown, State>) => {
    state.title = "said while rendering";
    return <p>page</p>;
  };
  const wrapped = (wrapper: typeof shows) =>
    new App<State>().appWrapper(wrapper).route("/", { component: page });
  assert((await html(wrapped(shows))).includes("<i>said while rendering</i>"));
  const late = async (props: PageProps<unknown, State>) =>
    await Promise.resolve(shows(props));
  assert(
    // deno-lint-ignore no-explicit-any
    (await html(wrapped(late as any))).includes("<i></i><p>page</p>"),
  );
});

Deno.test("data: layouts and the app wrapper have null, a page without handler {}", async () => {
  const seen: unknown[] = [];
  const note = ({ Component, data }: PageProps<unknown>) => {
    seen.push(data);
    return Component ? <Component /> : null;
  };
  const app = new App().appWrapper(note).layout("/", note)
    .route("/", {
      component: ({ data }) => {
        seen.push(data);
        return null;
      },
    });
  await html(app);
  assertEquals(seen, [null, {}, null]);
});

Deno.test("links: every link to the page or above it is marked, unless it has an aria-current", async () => {
  const hrefs = [
    "/",
    "/a",
    "/a?x=1",
    "/a/",
    "/a/b",
    "/a/b?x=1",
    "/a/b?y=2",
    "/a/b/",
    "/a/b#f",
    "/a/bc",
    "/ab",
    "/a/b/c",
    "?x",
    "a",
  ];
  const Links = () => <div>{hrefs.map((href) => <a href={href} />)}</div>;
  const app = new App().get("/*", (ctx) => ctx.render(<Links />));
  const marked = async (path: string) => {
    const found: Record<string, string> = {};
    for (
      const [, href, rest] of (await html(app, path)).matchAll(
        /<a href="([^"]*)"([^>]*)>/g,
      )
    ) {
      if (rest!.includes('data-current="true" aria-current="page"')) {
        (found.current ??= "", found.current += ` ${href}`);
      } else if (rest!.includes('data-ancestor="true" aria-current="true"')) {
        (found.above ??= "", found.above += ` ${href}`);
      } else assertEquals(rest, "", href);
    }
    return found;
  };
  assertEquals(await marked("/a/b"), {
    above: " / /a /a?x=1 /a/ /a/b?x=1 /a/b?y=2",
    current: " /a/b /a/b/ /a/b#f",
  });
  assertEquals(await marked("/a/b?x=1"), {
    above: " / /a /a?x=1 /a/ /a/b?y=2",
    current: " /a/b /a/b?x=1 /a/b/ /a/b#f",
  });
  assertEquals(await marked("/"), { current: " /" });

  const Own = () => (
    <>
      <a href="/" aria-current={undefined}>undefined</a>
      <a href="/" aria-current="false">false</a>
      <a href="/" aria-current={null as unknown as undefined}>null</a>
    </>
  );
  const own = await html(
    new App().get("/x", (ctx) => ctx.render(<Own />)),
    "/x",
  );
  assertMatch(own, /<a[^>]*aria-current="true"[^>]*>undefined/);
  assertMatch(own, /<a href="\/" aria-current="false">false/);
  assertMatch(own, /<a href="\/">null/);
});

Deno.test("<Head>: an element takes the place of the one with the same type and attributes, content and href aside", async () => {
  const app = new App()
    .appWrapper(({ Component }) => (
      <html>
        <head>
          <title>A</title>
          <meta name="d" content="1" />
          <link rel="stylesheet" href="/a" />
        </head>
        <body>
          <Component />
        </body>
      </html>
    ))
    .get("/", (ctx) =>
      ctx.render(
        <div>
          <Head>
            <title>B</title>
            <meta name="d" content="2" />
            <link rel="stylesheet" href="/b" />
            <link rel="stylesheet" href="/c" key="k" />
            <link rel="icon" href="/i" />
            <p>stays</p>
          </Head>
          hi
        </div>,
      ));
  assertEquals(
    await html(app),
    '<!DOCTYPE html><html><head><title>B</title><meta name="d" content="2"/>' +
      '<link rel="stylesheet" href="/b"/>' +
      '<link rel="stylesheet" href="/c" data-key="k"/>' +
      '<link rel="icon" href="/i"/></head>' +
      "<body><div><p>stays</p>hi</div></body></html>",
  );
});

Deno.test("<Head>: of two that are alike the last stays, others add up", async () => {
  const app = new App().get("/", (ctx) =>
    ctx.render(
      <Head>
        <meta name="a" content="1" />
        <meta name="a" content="2" />
        <link rel="preload" as="font" href="/f" />
        <link rel="preload" as="style" href="/g" />
      </Head>,
    ));
  assertEquals(
    /<head>(.*)<\/head>/.exec(await html(app))![1],
    '<meta charset="utf-8"/><meta name="a" content="2"/>' +
      '<link rel="preload" as="font" href="/f"/>' +
      '<link rel="preload" as="style" href="/g"/>',
  );
});

Deno.test("every script and style gets the nonce that csp() sends, unless it has one", async () => {
  const app = new App().use(csp({ useNonce: true })).get(
    "/",
    (ctx) =>
      ctx.render(
        <div>
          <script src="/s" />
          <style>p</style>
          <style nonce="own">q</style>
        </div>,
      ),
  );
  const response = await send(app, "/");
  const policy = response.headers.get("content-security-policy")!;
  const nonce = /'nonce-(\w+)'/.exec(policy)![1]!;
  const text = await response.text();
  assertEquals(text.split(`nonce="${nonce}"`).length, 3, text);
  assert(text.includes('nonce="own"'));
});

Deno.test("keys: a component that has one stands between comments, an element shows it where the client takes over", async () => {
  const Cell = ({ text }: { text: string }) => <td>{text}</td>;
  const app = new App()
    .get("/", (ctx) =>
      ctx.render(
        <table>
          <tr key="row">
            <Cell key="a:b" text="1" />
            <Cell text="2" />
            {["3", "4"].map((text, i) => <Cell key={i} text={text} />)}
          </tr>
        </table>,
      ))
    .get(
      "/partial",
      (ctx) => ctx.render(<Partial name="p">{[<i key="k">in it</i>]}</Partial>),
    );
  assert(
    (await html(app)).includes(
      "<table><tr><!--frsh:key:a_b--><td>1</td><!--/frsh:key--><td>2</td>" +
        "<!--frsh:key:0--><td>3</td><!--/frsh:key-->" +
        "<!--frsh:key:1--><td>4</td><!--/frsh:key--></tr></table>",
    ),
    await html(app),
  );
  assert(
    (await html(app, "/partial")).includes('<i data-frsh-key="k">in it</i>'),
    await html(app, "/partial"),
  );
});

Deno.test("csp(): one's own directives come last, the nonce only replaces 'unsafe-inline', and a copy loses it", async () => {
  const policyOf = async (options: Parameters<typeof csp>[0], copy = false) => {
    const app = new App().use(csp(options)).use(async (ctx) => {
      const response = await ctx.next();
      return copy ? new Response(response.body, response) : response;
    }).get("/", (ctx) => ctx.render(<p />))
      .get("/text", (ctx) => ctx.text("x"))
      .get("/fails", () => {
        throw new HttpError(400);
      });
    const of = async (path: string) => {
      const response = await send(app, path);
      await response.body?.cancel();
      return response.headers.get("content-security-policy")
        ?.replace(/nonce-\w+/, "nonce");
    };
    return [await of("/"), await of("/text"), await of("/fails")];
  };
  const [own] = await policyOf({
    useNonce: true,
    csp: ["script-src 'self'", "font-src 'none'"],
  });
  assert(own!.endsWith("script-src 'self'; font-src 'none'"), own);
  assert(own!.includes("style-src 'self' 'nonce'"), own);
  const [whole, text, failed] = await policyOf({ useNonce: true });
  assert(whole!.endsWith("upgrade-insecure-requests"), whole);
  assert(whole!.includes("script-src 'self' 'nonce'"), whole);
  assert(text!.includes("script-src 'self' 'unsafe-inline'"), text);
  assertEquals(failed, undefined);
  const [copied] = await policyOf({ useNonce: true }, true);
  assert(copied!.includes("script-src 'self' 'unsafe-inline'"), copied);
});

Deno.test("page(): of two cookies the last is sent, and HTML has its own content type", async () => {
  const headers = new Headers({ "content-type": "text/x" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  const app = new App()
    .route("/", { handler: () => page(1, { headers }), component: () => <p /> })
    .get(
      "/html",
      (ctx) => ctx.html("<p>", { headers: { "content-type": "x/y" } }),
    );
  const response = await send(app, "/");
  await response.body?.cancel();
  assertEquals(response.headers.getSetCookie(), ["b=2"]);
  for (const path of ["/", "/html"]) {
    const { headers, body } = await send(app, path);
    await body?.cancel();
    assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  }
});

Deno.test("render() takes JSX or null", async () => {
  for (const wrong of [undefined, "text"]) {
    // deno-lint-ignore no-explicit-any
    const app = new App().get("/", (ctx) => ctx.render(wrong as any));
    await errorsLogged(async () => {
      const response = await send(app, "/");
      await response.body?.cancel();
      assertEquals(response.status, 500);
    });
  }
});
