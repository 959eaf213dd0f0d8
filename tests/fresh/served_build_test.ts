/**
 * A build that is written and served by `deno serve`, as in deployment, and the traces that it
 * exports.
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { Builder } from "fresh/dev";
import { FIXTURE, ODD } from "./_helpers.ts";

const ROOT = new URL("../../", import.meta.url);

interface Span {
  name: string;
  spanId: string;
  parentSpanId?: string;
  traceId: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

/** Copies of the apps, built; below deno.json, which upstream's builder looks for. */
const parent = decodeURIComponent(
  new URL("./_fresh", import.meta.url).pathname,
);
await Deno.mkdir(parent, { recursive: true });
const folder = await Deno.makeTempDir({ dir: parent });
for (const [name, url] of [["odd", ODD], ["fixture", FIXTURE]]) {
  await copy(decodeURIComponent(new URL(url!).pathname), `${folder}/${name}`);
}
await new Builder({ root: `${folder}/odd` }).build();
await new Builder({ root: `${folder}/fixture` }).build();
globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (name === "_fresh") continue;
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Serves one of the builds until `run` is done. */
async function serving(
  name: "odd" | "fixture",
  run: (origin: string) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["serve", "--allow-all", "--host", "127.0.0.1", "--port", "0"],
      ...["--config", decodeURIComponent(new URL("deno.json", ROOT).pathname)],
      `${folder}/${name}/_fresh/server.js`,
    ],
    env: { NO_COLOR: "1", ...env },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  const started = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  const reading = child.stderr.pipeTo(
    new WritableStream({
      write(bytes) {
        text += decoder.decode(bytes);
        const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
        if (origin) started.resolve(origin);
      },
    }),
  );
  const ended = child.status.then(() => started.reject(new Error(text)));
  try {
    await run(await started.promise);
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has already exited.
    }
    await Promise.all([ended, reading]);
  }
}

Deno.test("a written build leaves out files that begin with a dot, but for .well-known", () =>
  serving("odd", async (origin) => {
    const cases: [path: string, is: string][] = [
      ["/.dot", "page"],
      ["/.hidden/x.txt", "page"],
      ["/sub/.x", "page"],
      ["/.well-known/x.txt", "file"],
      ["/i.svg", "file"],
    ];
    for (const [path, is] of cases) {
      const response = await fetch(origin + path);
      const isPage = (await response.text()).includes("nothing, says sub");
      assertEquals(isPage ? "page" : "file", is, path);
      if (isPage) continue;
      assertMatch(response.headers.get("etag")!, /^W\/"[0-9a-f]{64}"$/);
    }
    const css = await (await fetch(`${origin}/style.css`)).text();
    assertMatch(css, /url\("\/i\.svg\?__frsh_c=[0-9a-f]{40}"\)/);
    assertMatch(css, /url\("https:\/\/example\.org\/x\.svg"\)/);
    const failing = await fetch(`${origin}/failing_import`);
    assertEquals(await failing.text(), "Internal server error");
  }));

Deno.test("a written build reads other files than style sheets where they lie, when they are asked for", () =>
  serving("odd", async (origin) => {
    const [svg, css] = ["i.svg", "style.css"].map((name) =>
      `${folder}/odd/static/${name}`
    ) as [string, string];
    const was = await Promise.all(
      [svg, css].map((name) => Deno.readTextFile(name)),
    );
    try {
      await Deno.writeTextFile(svg, "<svg/>");
      await Deno.writeTextFile(css, "changed");
      assertEquals(await (await fetch(`${origin}/i.svg`)).text(), "<svg/>");
      assert((await (await fetch(`${origin}/style.css`)).text()) !== "changed");
      await Deno.remove(svg);
    } finally {
      await Deno.writeTextFile(svg, was[0]!);
      await Deno.writeTextFile(css, was[1]!);
    }
  }));

/** The traces that a server exports for some requests. */
async function spansOf(
  name: "odd" | "fixture",
  ask: (origin: string) => Promise<void>,
  isEnough: (spans: Span[]) => boolean,
): Promise<Span[]> {
  const spans: Span[] = [];
  const enough = Promise.withResolvers<void>();
  const collector = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, async (request) => {
    const isTraces = new URL(request.url).pathname === "/v1/traces";
    const json = await request.json();
    if (isTraces) {
      for (const { scopeSpans } of json.resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
    }
    if (isEnough(spans)) enough.resolve();
    return Response.json({});
  });
  await serving(name, async (origin) => {
    await ask(origin);
    await enough.promise;
  }, {
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_BSP_SCHEDULE_DELAY: "50",
    OTEL_DENO_CONSOLE: "ignore",
  });
  await collector.shutdown();
  return spans;
}

/** The names of a request's spans, each with that of its parent. */
function treeOf(spans: Span[], path: string): string[] {
  const about = (span: Span, key: string) =>
    span.attributes.find((each) => each.key === key)?.value.stringValue;
  const root = spans.find((span) => about(span, "url.path") === path);
  assert(root, `${path}: no span`);
  const route = about(root, "http.route");
  const inner = spans.filter(({ traceId }) => traceId === root.traceId);
  return inner.map((span) => {
    const outer = inner.find(({ spanId }) => spanId === span.parentSpanId);
    return outer ? `${outer.name} > ${span.name}` : `${span.name} (${route})`;
  }).sort();
}

Deno.test("traces: a request is named by its route, and shows middlewares, handler, render and files", async () => {
  let html = "";
  const spans = await spansOf("fixture", async (origin) => {
    html = await (await fetch(`${origin}/users/7`)).text();
    for (const path of ["/users/8", "/hello.txt", "/none"]) {
      await (await fetch(origin + path)).body?.cancel();
    }
    const odd = await fetch(`${origin}/users/9`, { method: "FOO" });
    await odd.body?.cancel();
  }, (spans) => spans.filter(({ parentSpanId }) => !parentSpanId).length >= 5);
  const user = [
    "GET /users/:id (/users/:id)",
    "GET /users/:id > middlewares",
    "middlewares > handler",
    "middlewares > render",
  ];
  assertEquals(treeOf(spans, "/users/8"), user);
  assertEquals(
    treeOf(spans, "/users/7"),
    [...user, "middlewares > lazy-route"].sort(),
  );
  assertEquals(treeOf(spans, "/hello.txt"), [
    "GET (undefined)",
    "GET > middlewares",
    "middlewares > static file",
  ]);
  assertEquals(treeOf(spans, "/none"), [
    "GET (undefined)",
    "GET > middlewares",
    "middlewares > handler",
    "middlewares > render",
  ]);
  // Before any middleware, and named nevertheless.
  assertEquals(treeOf(spans, "/users/9"), ["FOO /users/:id (/users/:id)"]);
  const render = spans.find(({ name }) => name === "render")!;
  assertStringIncludes(
    html,
    `<meta name="traceparent" content="00-${render.traceId}-${render.spanId}-01"`,
  );
});
