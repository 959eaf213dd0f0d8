import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { startApp, type TestApp } from "../_app.ts";
import { log } from "./_console.ts";

/** The size limit of the scripts of any page, gzipped, in bytes. */
const LIMIT = 25 * 1_024;

/** Every script that a page loads: those it names, and their imports. */
async function scriptsOf(
  app: TestApp,
  path: string,
  cookie?: string,
): Promise<Map<string, number>> {
  const response = await app.fetch(path, { cookie });
  const html = await response.text();
  assertEquals(response.status, 200);
  const weights = new Map<string, number>();
  const bundle = (text: string) =>
    [...text.matchAll(/["'](\/_fresh\/js\/[^"']+|\.{1,2}\/[^"']+\.js)["']/g)]
      .map((match) => match[1]!);
  const inline = [
    ...html.matchAll(/<script(?![^>]*json)[^>]*>(.*?)<\/script>/gs),
  ]
    .map((match) => match[1]!).join("\n");
  if (inline) weights.set("inline", gzipSync(inline).length);
  const waiting = bundle(inline);
  while (waiting.length > 0) {
    const url = waiting.pop()!;
    if (weights.has(url)) continue;
    const script = await (await app.fetch(url)).text();
    weights.set(url, gzipSync(script).length);
    for (const next of bundle(script)) {
      waiting.push(new URL(next, `http://x${url}`).pathname);
    }
  }
  return weights;
}

Deno.test("weight: no page sends more than 25 KB of script, gzipped", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, { ip_address: "203.0.113.9" });
  for (
    const path of [
      "/admin",
      "/admin/requests",
      "/admin/requests?live=1",
      "/admin/ip/203.0.113.9",
      "/admin/suspicious",
      "/admin/rules",
      "/admin/policy",
      "/admin/bots",
      "/admin/blocked",
      "/admin/users",
      "/admin/audit",
      "/admin/health",
      "/profile",
    ]
  ) {
    await t.step(path, async () => {
      const weights = await scriptsOf(app, path, cookie);
      const sum = weights.values().reduce((sum, bytes) => sum + bytes, 0);
      assert(sum <= LIMIT, `${sum} bytes: ${JSON.stringify([...weights])}`);
      if (path.startsWith("/admin")) assert(weights.size >= 3);
    });
  }
});

Deno.test("weight: home, login and signup send no script", async (t) => {
  await using app = await startApp();
  for (const path of ["/", "/login", "/signup"]) {
    await t.step(path, async () => {
      assertEquals([...await scriptsOf(app, path)], []);
    });
  }
});
