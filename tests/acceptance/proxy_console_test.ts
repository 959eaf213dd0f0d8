import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { consolePlace } from "../../lib/app/proxy_console.ts";
import { ADMIN } from "./_admin.ts";
import { logInByForm } from "./_form.ts";
import { recordsOf, startProxy } from "./_proxy.ts";
import { temporaryKvPath } from "../_server.ts";
import { waitFor } from "../_wait.ts";

const ENV = {
  ADMIN_USERNAME: ADMIN.username,
  ADMIN_PASSWORD: ADMIN.password,
};

/** An app that returns the requested path. */
function upstream() {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const seen = [...request.headers.keys()].filter((name) =>
        name.startsWith("x-portcullis")
      );
      return new Response(
        `app ${new URL(request.url).pathname} ${seen.join(",")}`,
      );
    },
  );
}

const PLACES: [text: string, kind: string | undefined][] = [
  ["/portcullis", "path"],
  ["/a/b/", "path"],
  ["8001", "port"],
  ["console.example.org", "host"],
  ["localhost", "host"],
  ["/", undefined],
  ["", undefined],
  ["0", undefined],
  ["70000", undefined],
  ["//evil", undefined],
  ["/../x", undefined],
  ["a b", undefined],
  ["http://x", undefined],
  ["x:80", undefined],
  ["-x.org", undefined],
];
for (const [text, kind] of PLACES) {
  Deno.test(`consolePlace(): ${JSON.stringify(text)} is ${kind ?? "none"}`, () => {
    assertEquals(consolePlace(text)?.kind, kind);
  });
}

Deno.test("proxy --console PATH: console, API and jobs are in the proxy's process, the rest is the app's", async () => {
  await using app = upstream();
  const kvPath = await temporaryKvPath();
  const url = `http://127.0.0.1:${app.addr.port}`;
  {
    await using proxy = await startProxy(
      url,
      { ...ENV, KV_PATH: kvPath },
      "--console",
      "/portcullis",
    );
    assertStringIncludes(proxy.greeting, `Console: ${proxy.origin}/portcullis`);
    const text = async (path: string, headers: HeadersInit = {}) => {
      const response = await fetch(`${proxy.origin}${path}`, {
        headers,
        redirect: "manual",
      });
      return [response.status, await response.text()] as const;
    };
    assertEquals(await text("/hello"), [200, "app /hello "]);
    assertEquals(await text("/portcullisx"), [200, "app /portcullisx "]);
    // No outside client gets past with the header that the proxy uses.
    const forged = { "x-portcullis-inside": crypto.randomUUID() };
    assertEquals((await text("/portcullis/healthz", forged))[0], 403);
    assertEquals(await text("/portcullis/healthz"), [200, '{"status":"ok"}']);
    assertEquals((await text("/portcullis/metrics"))[0], 200);

    const { cookie, to } = await logInByForm(
      proxy.origin,
      "/portcullis/login?next=%2Fadmin",
    );
    assertEquals(to, "/portcullis/admin");
    const [status, page] = await text("/portcullis/admin/requests", { cookie });
    assertEquals(status, 200);
    assertStringIncludes(page, 'data-base="/portcullis"');
    const [, css] = /href="(\/portcullis\/styles\.css[^"]*)"/.exec(page)!;
    assertEquals((await text(css!))[0], 200);

    // A stream is forwarded as it arrives.
    const stream = await fetch(
      `${proxy.origin}/portcullis/api/requests/stream`,
      { headers: { cookie } },
    );
    assertEquals(stream.status, 200);
    const reader = stream.body!.pipeThrough(new TextDecoderStream())
      .getReader();
    let seen = "";
    await text("/for-the-stream");
    while (!seen.includes("/for-the-stream")) {
      const { value, done } = await reader.read();
      assert(!done, seen);
      seen += value;
    }
    await reader.cancel();

    const blocked = await fetch(`${proxy.origin}/portcullis/api/blocked`, {
      method: "POST",
      headers: {
        cookie,
        "content-type": "application/json",
        origin: proxy.origin,
      },
      body: JSON.stringify({ ip: "127.0.0.1", force: true, for: "1m" }),
    });
    await blocked.body?.cancel();
    assert(blocked.status < 300, `${blocked.status}`);
    await waitFor("the block", async () => (await text("/hello"))[0] === 403);
    await proxy.stop();
    assertEquals(proxy.errors().match(/"level":"ERROR".*/g), null);
  }
  const records = await recordsOf(kvPath);
  assert(records.includes("127.0.0.1 GET /hello 200 allowed"));
  assert(
    records.includes("127.0.0.1 GET /portcullis/admin/requests 200 allowed"),
  );
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
});

Deno.test("proxy --console HOST: that name is the console's, every other the app's", async () => {
  await using app = upstream();
  const url = `http://127.0.0.1:${app.addr.port}`;
  await using proxy = await startProxy(url, ENV, "--console", "localhost");
  const { port } = new URL(proxy.origin);
  const page = await fetch(`http://localhost:${port}/login`);
  assertEquals(page.status, 200);
  assertStringIncludes(await page.text(), 'action="/login');
  assertEquals(
    await (await fetch(`${proxy.origin}/login`)).text(),
    "app /login ",
  );
});

Deno.test("proxy --console PORT: the console has a port of its own in the same process", async () => {
  await using app = upstream();
  const url = `http://127.0.0.1:${app.addr.port}`;
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  await using proxy = await startProxy(url, ENV, "--console", `${port}`);
  assertStringIncludes(proxy.greeting, `Console: http://127.0.0.1:${port}`);
  const page = await fetch(`http://127.0.0.1:${port}/login`);
  assertEquals(page.status, 200);
  await page.body?.cancel();
  assertEquals(
    await (await fetch(`${proxy.origin}/login`)).text(),
    "app /login ",
  );
});

Deno.test("proxy --console refuses what is no place", async () => {
  for (const place of ["/", "0", "a b"]) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "tasks/proxy.ts", "--upstream", "http://127.0.0.1:1"],
        ...["--console", place],
      ],
      cwd: new URL("../../", import.meta.url),
    }).output();
    assertEquals(code, 2);
    assertStringIncludes(new TextDecoder().decode(stderr), "--console needs");
  }
});
