/** The policy in front of a third-party app, and at the start. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runTask, temporaryKvPath } from "../_server.ts";
import { startProxy } from "./_proxy.ts";
import { waitFor } from "../_wait.ts";

const RULES = {
  rules: [
    { name: "php", refuse: true, when: { path: "*.php" } },
    { name: "few", limit: "2/h", when: { path: "/api/*" } },
    { name: "one", limit: "1 at once", when: { path: "/slow" } },
    { name: "asked", challenge: true, when: { path: "/asked" } },
  ],
};

Deno.test("proxy: rules decide before the app, and tell of limits on its answers", async () => {
  const file = await Deno.makeTempFile({ suffix: ".jsonc" });
  await Deno.writeTextFile(file, JSON.stringify(RULES));
  const held = Promise.withResolvers<void>();
  const paths: string[] = [];
  const app = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      paths.push(pathname);
      if (pathname === "/slow") await held.promise;
      return new Response("app");
    },
  );
  try {
    await using proxy = await startProxy(
      `http://127.0.0.1:${app.addr.port}`,
      { POLICY_FILE: file },
    );
    const ask = async (path: string) => {
      const response = await fetch(proxy.origin + path, {
        headers: { accept: "text/html" },
      });
      return { response, text: await response.text() };
    };
    assertEquals((await ask("/x.php")).response.status, 403);
    const first = await ask("/api/a");
    assertEquals(first.text, "app");
    assertEquals(first.response.headers.get("ratelimit"), '"few";r=1;t=3600');
    await ask("/api/a");
    assertEquals((await ask("/api/a")).response.status, 429);
    assertStringIncludes((await ask("/asked")).text, "One moment");
    const slow = ask("/slow");
    await waitFor("the slow request", () => paths.includes("/slow"));
    assertEquals((await ask("/slow")).response.status, 429);
    held.resolve();
    assertEquals((await slow).text, "app");
    assertEquals((await ask("/slow")).text, "app");
    assertEquals(paths, ["/api/a", "/api/a", "/slow", "/slow"]);
  } finally {
    held.resolve();
    await app.shutdown();
    await Deno.remove(file);
  }
});

Deno.test("a start with a policy that does not hold ends with 1 and one line with the place", async () => {
  const kvPath = await temporaryKvPath();
  const file = `${kvPath}.jsonc`;
  await Deno.writeTextFile(file, '{ "rules": [ { "name": "a" } ] }');
  const { code, stderr } = await runTask("proxy", [
    "--upstream",
    "http://127.0.0.1:9",
  ], { env: { KV_PATH: kvPath, POLICY_FILE: file, PORT: "0" } });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "line 1, column 14: rules[0]: expected one of");
  await Deno.remove(kvPath.slice(0, kvPath.lastIndexOf("/")), {
    recursive: true,
  });
});
