import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import axe from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { guardHandler } from "../../lib/guard/mod.ts";
import { startServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";

const RULES = [{
  name: "asked",
  challenge: true,
  when: { path: ["/", "/comment", "/upload"] },
}];

/** A third-party app with a form, behind the guard. */
async function startSite() {
  const kv = await Deno.openKv(":memory:");
  const guarded = guardHandler(async (request) => {
    const { pathname } = new URL(request.url);
    const body = request.method === "POST"
      ? `<h1>Got ${await request.text()}</h1>`
      : pathname === "/form"
      ? `<form method="post" action="/comment">
           <input name="text" value="a &quot;b&quot; é"><button>Send</button>
         </form>
         <form method="post" action="/upload" enctype="multipart/form-data">
           <input name="text" value="x"><button id="up">Upload</button>
         </form>`
      : "<h1>Welcome</h1>";
    return new Response(`<!doctype html><title>Site</title>${body}`, {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  }, { kv, policy: RULES });
  await guarded.ready();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    guarded,
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await guarded.close();
      kv.close();
    },
  };
}

const heading = (page: Page) => page.locator("h1").textContent();

browserTest(
  "challenge: a browser solves it by itself and goes on, once for the site",
  async (browser) => {
    await using site = await startSite();
    const context = await browser.newContext();
    const { page, errors } = await watchedPage(context);
    await page.goto(`${site.origin}/?x=1#part`);
    await page.locator("h1", { hasText: "Welcome" }).waitFor();
    assertEquals(page.url(), `${site.origin}/?x=1#part`);
    const [cookie] = await context.cookies();
    assertEquals([cookie!.name, cookie!.httpOnly, cookie!.sameSite], [
      "portcullis-pass",
      true,
      "Lax",
    ]);
    const again = await page.goto(`${site.origin}/`);
    assertEquals(again!.status(), 200);
    assertEquals(errors, []);
  },
);

browserTest(
  "challenge: a small form goes on by itself, of another the reader is told",
  async (browser) => {
    await using site = await startSite();
    const send = async (button: string) => {
      const context = await browser.newContext();
      const { page } = await watchedPage(context);
      await page.goto(`${site.origin}/form`);
      await page.locator(button).click();
      return page;
    };
    const small = await send("button >> nth=0");
    await small.locator("h1", { hasText: "Got" }).waitFor();
    assertEquals(
      await heading(small),
      "Got text=a+%22b%22+%C3%A9",
    );
    const upload = await send("#up");
    await upload.locator("#again").waitFor({ state: "visible" });
    assertStringIncludes(
      (await upload.locator("#again").textContent())!,
      "go back and send it again",
    );
  },
);

browserTest(
  "challenge: without JavaScript the page says so and offers the receipt",
  async (browser) => {
    await using site = await startSite();
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const response = await page.goto(site.origin);
    assertEquals(response!.status(), 403);
    const text = (await page.locator("main").innerText())!;
    assertStringIncludes(text, "needs JavaScript, which is off");
    assert(/Receipt: [0-9A-HJKMNP-TV-Z]{12}/.test(text), text);
  },
);

browserTest(
  "challenge: light, dark and narrow, it has no axe violation and fits",
  async (browser) => {
    await using site = await startSite();
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [320, 1280]) {
        const context = await browser.newContext({
          colorScheme,
          viewport: { width, height: 700 },
        });
        await stopAtChallenge(context);
        const page = await context.newPage();
        await page.goto(site.origin);
        const wide = await page.evaluate(() =>
          document.documentElement.scrollWidth
        );
        assert(wide <= width, `${wide} > ${width}`);
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() =>
          // deno-lint-ignore no-explicit-any
          (globalThis as any).axe.run(document)
        ) as axe.AxeResults;
        assertEquals(violations.map(({ id }) => id), []);
        await context.close();
      }
    }
  },
);

/** The page does not change: its requests are refused. */
async function stopAtChallenge(context: BrowserContext): Promise<void> {
  await context.route("**/*", async (route) => {
    const { "x-portcullis-solution": solution } = route.request().headers();
    if (solution) await route.fulfill({ status: 403, body: "" });
    else await route.continue();
  });
}

browserTest(
  "challenge: works in the app itself, under its own headers",
  async (browser) => {
    const file = await Deno.makeTempFile({ suffix: ".jsonc" });
    await Deno.writeTextFile(file, JSON.stringify({ rules: RULES }));
    try {
      await using server = await startServer({
        env: { POLICY_FILE: file, GEO_PROVIDER: "off" },
      });
      const context = await browser.newContext();
      const { page, errors } = await watchedPage(context);
      await page.goto(server.origin);
      await page.locator("h1", { hasNotText: "One moment" }).waitFor();
      assertEquals(errors, []);
      // The page that proxies redirect to leads to the original target.
      const other = await browser.newContext();
      const sent = await watchedPage(other);
      await sent.page.goto(
        `${server.origin}/.well-known/portcullis/challenge?next=%2Flogin%3Fa%3D1`,
      );
      await sent.page.waitForURL(`${server.origin}/login?a=1`);
      assertEquals(sent.errors, []);
      const third = await watchedPage(await browser.newContext());
      await third.page.goto(
        `${server.origin}/.well-known/portcullis/challenge?next=%2F%2Fevil.example`,
      );
      await third.page.waitForURL(`${server.origin}/`);
    } finally {
      await Deno.remove(file);
    }
  },
);
