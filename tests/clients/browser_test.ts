import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../browser/_browser.ts";
import { type App, compareClient, find, freePort, startApp } from "./_bench.ts";

/** What a page did: WebSockets that opened, answers by status, and what it says at the end. */
async function seen(
  url: string,
  visit: (page: Page) => Promise<string>,
): Promise<{ sockets: number; bad: string[]; text: string }> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    let sockets = 0;
    const bad: string[] = [];
    page.on("websocket", () => sockets++);
    page.on("response", (response) => {
      if (response.status() < 400) return;
      bad.push(`${response.status()} ${new URL(response.url()).pathname}`);
    });
    await page.goto(url);
    const text = await visit(page);
    return { sockets, bad: [...new Set(bad)].sort(), text };
  } finally {
    await browser.close();
  }
}

if (chromiumPath !== null) {
  compareClient("Chromium in JupyterLab, a kernel through its WebSocket", {
    needs: ["jupyter-lab"],
    async start(folder): Promise<App> {
      const port = freePort();
      return await startApp(
        "jupyter-lab",
        [
          ...["--no-browser", "--allow-root", `--port=${port}`],
          ...[
            "--ip=127.0.0.1",
            "--IdentityProvider.token=",
            `--notebook-dir=${folder}`,
          ],
          "--ServerApp.disable_check_xsrf=True",
        ],
        port,
        {
          env: {
            HOME: folder,
            PATH: `${find("jupyter-lab")!.replace(/\/[^/]+$/, "")}:${
              Deno.env.get("PATH")
            }`,
          },
        },
      );
    },
    async client(url) {
      const { sockets, text } = await seen(`${url}/lab`, async (page) => {
        await page.locator(".jp-Launcher").first().waitFor();
        await page.locator('.jp-LauncherCard[data-category="Console"]').first()
          .click();
        const cell = page.locator(".jp-CodeConsole-input .cm-content");
        await cell.waitFor();
        await page.locator(".jp-CodeConsole").getByText("Python 3").first()
          .waitFor();
        await cell.click();
        await page.keyboard.type("6 * 7 * 1000");
        await page.keyboard.press("Shift+Enter");
        const answer = page.locator(".jp-OutputArea-output", {
          hasText: "42000",
        });
        await answer.first().waitFor();
        return (await answer.first().textContent())!.trim();
      });
      assert(sockets > 0);
      assertEquals(text.includes("42000"), true);
      return text;
    },
  });
}
