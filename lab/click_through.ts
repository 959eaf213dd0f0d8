import { chromium } from "playwright-core";
import { delay } from "../lib/base/delay.ts";
import type { Target } from "./actor.ts";
import { pathOfProgram } from "./programs.ts";

/** Chromium, clicking through a wiki as somebody who reads it. */
export async function clickThrough({ url }: Target): Promise<void> {
  const executablePath = await pathOfProgram("chromium");
  if (executablePath === null) return;
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${url}/`);
    for (let n = 0; n < 12; n++) {
      const links = await page.$$("a");
      const link = links[(n * 7) % links.length];
      if (link === undefined) await page.goto(`${url}/`);
      else await link.click();
      await delay(1_500);
    }
  } finally {
    await browser.close();
  }
}
