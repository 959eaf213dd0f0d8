import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../browser/_browser.ts";
import {
  type App,
  compareClient,
  find,
  freePort,
  run,
  startApp,
} from "./_bench.ts";

/** The events of a page: opened WebSockets, responses by status, and its final text. */
async function seen(
  url: string,
  visit: (page: Page) => Promise<string>,
): Promise<{ sockets: number; statuses: string[]; text: string }> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    let sockets = 0;
    const statuses = new Set<string>();
    page.on("websocket", () => sockets++);
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      const method = response.request().method();
      statuses.add(`${method} ${pathname} ${response.status()}`);
    });
    await page.goto(url);
    const text = await visit(page);
    return { sockets, statuses: [...statuses].sort(), text };
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

  const isWhole = Deno.env.get("EVERY_CLIENT") === "1";
  if (isWhole) {
    compareClient("Chromium in DokuWiki, whose admin writes about attacks", {
      needs: ["php", "doku.php"],
      start: startDokuWiki,
      async client(url) {
        const { statuses, text } = await seen(
          `${url}/doku.php`,
          async (page) => {
            const texts: string[] = [];
            const read = async () => {
              const content = page.locator("#dokuwiki__content .page");
              texts.push(
                (await content.innerText()).replace(/\s+/g, " ").trim(),
              );
            };
            await page.goto(`${url}/doku.php?id=start&do=login`);
            await page.fill("input[name=u]", "ann");
            await page.fill("input[name=p]", WIKI_PASSWORD);
            await page.click("#dw__login button[type=submit]");
            await page.locator('a[href*="do=logout"]').first().waitFor();
            for (const [id, words] of WIKI_PAGES) {
              // As if a link on the first page led there.
              await page.goto(`${url}/doku.php?id=${encodeURIComponent(id)}`, {
                referer: `${url}/doku.php`,
              });
              await page.locator('a[href*="do=edit"]').first().click();
              await page.fill("textarea[name=wikitext]", words);
              await page.click("#edbtn__preview");
              await page.locator(".preview").first().waitFor();
              await page.click("#edbtn__save");
              await page.locator("#dokuwiki__content h1").first().waitFor();
              await read();
            }
            await page.goto(`${url}/doku.php?do=search&q=passwd`);
            await page.goto(`${url}/doku.php?id=start&do=recent`);
            await page.goto(`${url}/doku.php?id=start&do=admin`);
            await read();
            for (const [id] of WIKI_PAGES) {
              const raw = await page.request.get(
                `${url}/doku.php?id=${encodeURIComponent(id)}&do=export_raw`,
                { headers: { referer: `${url}/doku.php` } },
              );
              texts.push(await raw.text());
            }
            return texts.join("\n");
          },
        );
        // After navigation, some pictures of the old page are not requested any more.
        return {
          statuses: statuses.filter((each) => !each.includes("/lib/images/")),
          text,
        };
      },
    });
  }
}

const WIKI_PASSWORD = "correct horse battery";

/** The subject of a handbook for server admins. */
const WIKI_PAGES: readonly [id: string, words: string][] = [
  [
    "Phpinfo()",
    `====== Phpinfo ======

What PHP was built with is asked for by a page of one line, which goes again
when it has been read, as it says more than strangers need to know:

  <?php phpinfo(); ?>

Nobody leaves it where the web server finds it.`,
  ],
  [
    "Linux:/etc/passwd",
    `====== Users ======

Who may log in stands in a file that everybody can read; passwords do not.
To see how one of them is written down:

  cat /etc/passwd | grep root

A name such as 1' OR '1'='1 is refused by the form.`,
  ],
  [
    "sql:union select",
    `====== Union ======

Rows of two tables are put one after the other, without those that are the
same, if both have as many columns:

  SELECT name FROM authors UNION SELECT name FROM editors;

With UNION ALL those that are the same remain.`,
  ],
];

/** Debian's DokuWiki, with an empty wiki of its own and one admin, on PHP's built-in server. */
async function startDokuWiki(folder: string): Promise<App> {
  const root = find("doku.php")!.replace(/\/[^/]+$/, "");
  const kinds =
    "pages attic media media_attic media_meta meta cache index locks tmp log";
  for (const kind of kinds.split(" ")) {
    await Deno.mkdir(`${folder}/data/${kind}`, { recursive: true });
  }
  const conf = `${folder}/conf`;
  await Deno.mkdir(conf);
  const hash = await run("php", [
    "-r",
    "echo password_hash($argv[1], PASSWORD_BCRYPT);",
    WIKI_PASSWORD,
  ]);
  const files: Record<string, string> = {
    "prepend.php": `<?php define('DOKU_CONF', '${conf}/');`,
    "local.php": `<?php $conf['savedir'] = '${folder}/data';
$conf['useacl'] = 1; $conf['superuser'] = '@admin'; $conf['title'] = 'Handbook';
$conf['updatecheck'] = 0;`,
    "users.auth.php": `ann:${hash.stdout}:Ann:ann@example.org:admin,user\n`,
    "acl.auth.php": "*\t@ALL\t1\n*\t@user\t8\n",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${conf}/${name}`, text);
  }
  const port = freePort();
  return await startApp(
    "php",
    [
      ...["-d", `auto_prepend_file=${conf}/prepend.php`],
      ...["-S", `127.0.0.1:${port}`, "-t", root],
    ],
    port,
  );
}
