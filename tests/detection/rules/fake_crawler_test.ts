import { HOUR } from "../../../lib/base/duration.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { CrawlerRanges } from "../../../lib/bots/crawler_ranges.ts";
import { type Resolver, reverseName } from "../../../lib/bots/resolver.ts";
import {
  type CrawlerVerifier,
  crawlerVerifier,
  type VerifierOptions,
} from "../../../lib/bots/verify.ts";
import { fakeCrawler } from "../../../lib/detection/rules/fake_crawler.ts";
import type { RequestRecord } from "../../../lib/log/request_record.ts";
import { THE_HOUR } from "../records.ts";
import { holdsTo, spread, type Table } from "./_table.ts";

const GOOGLEBOT =
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const BINGBOT =
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)";

/** The owners of addresses in these tests; `null`: no answer. */
const NAMES: Record<string, string[] | null> = {
  "66.249.66.1": ["crawl-66-249-66-1.googlebot.com"],
  "66.249.66.2": ["other.example", "crawl-66-249-66-2.googlebot.com."],
  "2001:4860:4801:10::1": ["crawl-v6.googlebot.com"],
  "157.55.39.1": ["msnbot-157-55-39-1.search.msn.com"],
  "45.33.32.1": ["crawl-66-249-66-1.googlebot.com"],
  "45.33.32.2": ["googlebot.com.evil.example"],
  "45.33.32.3": ["evilgooglebot.com"],
  "45.33.32.4": [],
  "45.33.32.5": null,
  "45.33.32.6": ["silent.googlebot.com"],
  "45.33.32.7": ["host-7.provider.example"],
  "45.33.32.8": ["many.example", "names.example"],
};
const ADDRESSES: Record<string, string[] | null> = {
  "crawl-66-249-66-1.googlebot.com": ["66.249.66.1"],
  "crawl-66-249-66-2.googlebot.com.": ["66.249.66.9", "66.249.66.2"],
  "crawl-v6.googlebot.com": ["2001:4860:4801:0010:0:0:0:1"],
  "msnbot-157-55-39-1.search.msn.com": ["157.55.39.1"],
  "googlebot.com.evil.example": ["45.33.32.2"],
  "silent.googlebot.com": null,
};

function resolverOf(asked: string[] = []): Resolver {
  const answer = (table: Record<string, string[] | null>, name: string) => {
    asked.push(name);
    const found = table[name] ?? [];
    return table[name] === null
      ? Promise.reject(new Error("SERVFAIL"))
      : Promise.resolve(found);
  };
  return {
    reverse: (ip) => answer(NAMES, ip),
    forward: (name) => answer(ADDRESSES, name),
  };
}

const crawlerCheck = (
  options: Omit<VerifierOptions, "ranges">,
): CrawlerVerifier["check"] =>
  crawlerVerifier({ ...options, ranges: new CrawlerRanges(options) }).check;
const verify = crawlerCheck({
  resolver: resolverOf(),
  now: () => THE_HOUR.to,
});
const by = (
  user_agent: string | null,
  ip_address: string,
  fields: Partial<RequestRecord> = {},
) => spread(3, [0, HOUR - 1], { user_agent, ip_address, ...fields });

const table: Table<RequestRecord> = {
  "a name of Google's that does not lead back": [
    by(GOOGLEBOT, "45.33.32.1"),
    "warning",
  ],
  "a name that only begins like Google's": [
    by(GOOGLEBOT, "45.33.32.2"),
    "warning",
  ],
  "a name that only ends like Google's": [
    by(GOOGLEBOT, "45.33.32.3"),
    "warning",
  ],
  "an address without a name": [by(GOOGLEBOT, "45.33.32.4"), "warning"],
  "a Googlebot from a provider's address": [
    by(GOOGLEBOT, "45.33.32.7"),
    "warning",
  ],
  "several names of others": [by(GOOGLEBOT, "45.33.32.8"), "warning"],
  "Google's address that claims to be Bing's": [
    by(BINGBOT, "66.249.66.1"),
    "warning",
  ],
  "Bing's address that claims to be Google's": [
    by(GOOGLEBOT, "157.55.39.1"),
    "warning",
  ],
  "a fake Yandex": [
    by("Mozilla/5.0 (compatible; YandexBot/3.0)", "45.33.32.7"),
    "warning",
  ],
  "a fake Baidu, in capitals": [
    by("MOZILLA/5.0 (COMPATIBLE; BAIDUSPIDER/2.0)", "45.33.32.7"),
    "warning",
  ],
  "one request": [
    by(GOOGLEBOT, "45.33.32.7").slice(0, 1),
    "warning",
  ],
  "Googlebot": [by(GOOGLEBOT, "66.249.66.1"), null],
  "Googlebot with two names": [by(GOOGLEBOT, "66.249.66.2"), null],
  "Googlebot over IPv6, written otherwise": [
    by(GOOGLEBOT, "2001:4860:4801:10::1"),
    null,
  ],
  "Bingbot": [by(BINGBOT, "157.55.39.1"), null],
  "a browser": [by("Mozilla/5.0 (X11; Linux x86_64)", "45.33.32.7"), null],
  "Google's feed fetcher, which is no crawler": [
    by(
      "Feedfetcher-Google; (+http://www.google.com/feedfetcher.html)",
      "45.33.32.7",
    ),
    null,
  ],
  "a visitor without a name": [by(null, "45.33.32.7"), null],
  "where the DNS does not answer": [by(GOOGLEBOT, "45.33.32.5"), null],
  "where the way back is not answered": [by(GOOGLEBOT, "45.33.32.6"), null],
  "a developer's own machine": [by(GOOGLEBOT, "127.0.0.1"), null],
  "a private network": [by(GOOGLEBOT, "192.168.1.7"), null],
  "what is no address": [by(GOOGLEBOT, "unknown"), null],
  "what our blocklist refused": [
    by(GOOGLEBOT, "45.33.32.7", { outcome: "blocked", status: 403 }),
    null,
  ],
};
holdsTo(fakeCrawler({ verify }), table, { fixedWindow: true });

Deno.test("fake_crawler: each address is asked after once a day, silence again after ten minutes", async () => {
  const asked: string[] = [];
  let now = THE_HOUR.to;
  const check = crawlerCheck({ resolver: resolverOf(asked), now: () => now });
  for (let n = 0; n < 3; n++) await check("45.33.32.7", GOOGLEBOT, now);
  assertEquals(asked.length, 1);
  now += 24 * HOUR;
  await check("45.33.32.7", GOOGLEBOT, now);
  assertEquals(asked.length, 2);
  for (let n = 0; n < 3; n++) await check("45.33.32.5", GOOGLEBOT, now);
  assertEquals(asked.length, 3);
  now += 10 * 60_000;
  await check("45.33.32.5", GOOGLEBOT, now);
  assertEquals(asked.length, 4);
});

Deno.test("fake_crawler: old logs are not evaluated by today's DNS", async () => {
  const asked: string[] = [];
  const check = crawlerCheck({
    resolver: resolverOf(asked),
    now: () => THE_HOUR.to,
  });
  assertEquals(
    await check("45.33.32.7", GOOGLEBOT, THE_HOUR.to - 3 * 24 * HOUR),
    "unknown",
  );
  assertEquals(asked, []);
});

Deno.test("fake_crawler: a resolver that hangs is given up, and told so", async () => {
  let aborted = false;
  const check = crawlerCheck({
    resolver: {
      reverse: (_, signal) =>
        new Promise(() =>
          signal.addEventListener("abort", () => aborted = true)
        ),
      forward: () => Promise.resolve([]),
    },
    now: () => THE_HOUR.to,
    deadlineMs: 20,
  });
  assertEquals(await check("45.33.32.7", GOOGLEBOT, THE_HOUR.to), "unknown");
  assertEquals(aborted, true);
});

Deno.test("fake_crawler: a closed network's DNS, which knows nobody, makes a fake of nobody", async () => {
  for (const knows of [false, true]) {
    const check = crawlerCheck({
      resolver: {
        reverse: () => Promise.resolve([]),
        forward: () => Promise.resolve([]),
        knowsOutside: () => Promise.resolve(knows),
      },
      now: () => THE_HOUR.to,
    });
    const fake = await check("45.33.32.7", GOOGLEBOT, THE_HOUR.to);
    assertEquals(fake, knows ? "disproved" : "unknown");
  }
});

Deno.test("fake_crawler: addresses are looked up under their names in the DNS", () => {
  assertEquals(reverseName("192.0.2.7"), "7.2.0.192.in-addr.arpa");
  assertEquals(
    reverseName("2001:db8::1"),
    `1${".0".repeat(23)}.8.b.d.0.1.0.0.2.ip6.arpa`,
  );
  assertThrows(() => reverseName("x"), TypeError, "Cannot look up");
});
