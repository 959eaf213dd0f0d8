import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { within } from "../kv_connect/cluster.ts";
import { startWithAdmin } from "./_admin.ts";
import { logInByForm } from "./_form.ts";

Deno.test("an app with only guard({ kv }) and the console in another process: a block holds within a second, requests show at once", async () => {
  const kvPath = await temporaryKvPath();
  const env = { GEO_PROVIDER: "off" };
  await using console = await startWithAdmin({ kvPath, env });
  await using app = await startServer({
    kvPath,
    env,
    command: ["tests/acceptance/_guarded_app.ts"],
  });
  const hello = async () => {
    const response = await fetch(`${app.origin}/hello`);
    return [response.status, await response.text()] as const;
  };
  assertEquals(await hello(), [200, "hello"]);

  const { cookie } = await logInByForm(console.origin);
  const page = async (path: string) =>
    await (await fetch(`${console.origin}${path}`, { headers: { cookie } }))
      .text();
  assert(
    await within(
      1_000,
      async () =>
        (await page("/admin/requests?path=/hello")).includes("/hello</"),
    ),
    "the console shows the app's request",
  );
  const { items } = await console.api<{ items: { path: string }[] }>(
    "/api/requests?path=/hello",
  );
  assertEquals(items.map(({ path }) => path), ["/hello"]);

  // The console blocks itself with it, too: this is the last request to it.
  await console.api("/api/blocked", {
    method: "POST",
    json: { ip: "127.0.0.1", force: true, for: "1m" },
  });
  const began = performance.now();
  while ((await hello())[0] === 200) await delay(20);
  const took = performance.now() - began;
  assert(took < 1_000, `the block took ${took} ms`);
  const [status, text] = await hello();
  assertEquals(status, 403);
  assertStringIncludes(text, "Your IP has been blocked.");
  assert(!app.errors().includes("ERROR"), app.errors());

  await app.stop();
  await console.stop();
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
});
