import { delay } from "../lib/base/delay.ts";
import { type Actor, BROWSER, type Target } from "./actor.ts";
import { clickThrough } from "./click_through.ts";

/** People and programs that mean no harm, at their own pace. */
export const INNOCENTS: readonly Actor[] = [
  {
    name: "wget",
    needs: ["wget"],
    run: ({ url, folder }) => ({
      command: "wget",
      args: [
        ...["--mirror", "--wait=0.5", "--random-wait", "--quiet"],
        ...["--tries=1", "-P", folder, `${url}/wiki/`],
      ],
    }),
  },
  {
    name: "httrack",
    needs: ["httrack"],
    run: ({ url, folder }) => ({
      command: "httrack",
      args: [
        ...[`${url}/`, "-O", folder, "-q", "-r3", "-c2", "-%c2", "-A25000"],
        ...["--max-time=50", "-I0", "-%v0"],
      ],
    }),
  },
  {
    name: "curl as a monitor",
    needs: ["curl"],
    run: ({ url }) => ({
      command: "sh",
      args: [
        "-c",
        `for n in $(seq 1 25); do curl -s -o /dev/null ${url}/health; sleep 2; done`,
      ],
    }),
  },
  {
    name: "Chromium",
    needs: ["chromium"],
    run: clickThrough,
  },
  {
    name: "a person who mistypes a password",
    needs: [],
    run: mistype,
  },
  {
    name: "an API's client",
    needs: [],
    run: askOften,
  },
];

/** Three wrong passwords, then the right one, then some pages. */
async function mistype({ url }: Target): Promise<void> {
  const headers = { "user-agent": BROWSER, connection: "close" };
  const passwords = ["corect horse", "Correct Horse", "correct  horse"];
  for (const password of [...passwords, "correct horse"]) {
    await get(`${url}/login`, { headers });
    await delay(1_500);
    await get(`${url}/login`, {
      method: "POST",
      headers,
      body: new URLSearchParams({ user: "ann", username: "ann", password }),
    });
    await delay(3_000);
  }
  for (let n = 0; n < 8; n++) {
    await get(`${url}/product/${n}`, { headers });
    await delay(1_000);
  }
}

/** A request a second, now and then for what is gone. */
async function askOften({ url }: Target): Promise<void> {
  const headers = { "user-agent": "ShopClient/2.1 (+https://example.org)" };
  for (let n = 0; n < 40; n++) {
    await get(`${url}/product/${n % 30}`, { headers });
    await delay(1_000);
  }
}

async function get(url: string, init: RequestInit): Promise<void> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  await response.body?.cancel();
}
