import { assertEquals, assertThrows } from "@std/assert";
import { claimedCrawler, CRAWLERS } from "../../lib/bots/claim.ts";
import { CrawlerRanges, readPublished } from "../../lib/bots/crawler_ranges.ts";
import { refreshRanges } from "../../lib/bots/refresh_ranges.ts";
import type { Resolver } from "../../lib/bots/resolver.ts";
import { crawlerVerifier } from "../../lib/bots/verify.ts";
import { parseIp } from "../../lib/net/ip.ts";

const GOOGLEBOT =
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const GPTBOT =
  "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)";
const NOW = Date.UTC(2026, 10, 26);
const DAY = 24 * 60 * 60_000;

const silent: Resolver = {
  reverse: () => Promise.reject(new Error("SERVFAIL")),
  forward: () => Promise.reject(new Error("SERVFAIL")),
};
const nobody: Resolver = {
  reverse: () => Promise.resolve([]),
  forward: () => Promise.resolve([]),
};

const verifier = (resolver: Resolver, kv?: Deno.Kv) => {
  const now = () => NOW;
  const ranges = new CrawlerRanges({ now });
  return { ranges, ...crawlerVerifier({ resolver, now, ranges, kv }) };
};

Deno.test("check() verifies by the ranges that come with the product, without asking the DNS", async () => {
  const { check, peek } = verifier(silent);
  for (
    const [ip, agent] of [
      ["66.249.66.1", GOOGLEBOT],
      ["157.55.39.1", "Mozilla/5.0 (compatible; bingbot/2.0)"],
      ["20.171.206.9", GPTBOT],
      ["216.73.216.7", "Mozilla/5.0 (compatible; ClaudeBot/1.0)"],
    ] as const
  ) {
    assertEquals(await check(ip, agent), "verified", agent);
    assertEquals(peek(ip, agent), "verified", agent);
  }
});

Deno.test("check() says nothing of who claims to be nobody that can be verified", async () => {
  const { check, peek } = verifier(nobody);
  for (const agent of [null, "", "curl/8.14.1", "sqlmap (Googlebot)"]) {
    assertEquals(await check("45.33.32.7", agent), null);
    assertEquals(peek("45.33.32.7", agent), null);
  }
});

Deno.test("check() disproves where the DNS says no, and accuses nobody where it is silent", async () => {
  assertEquals(
    await verifier(nobody).check("45.33.32.7", GOOGLEBOT),
    "disproved",
  );
  assertEquals(
    await verifier(silent).check("45.33.32.7", GOOGLEBOT),
    "unknown",
  );
  for (const ip of ["127.0.0.1", "10.0.0.1", "::1", "rubbish"]) {
    assertEquals(await verifier(nobody).check(ip, GOOGLEBOT), "unknown", ip);
  }
});

Deno.test("check() disproves by ranges alone only while the operator's list is fresh", async () => {
  const { check, ranges } = verifier(nobody);
  assertEquals(await check("45.33.32.7", GPTBOT), "unknown");
  const gptbot = claimedCrawler(GPTBOT)!;
  ranges.use(gptbot, { ranges: ["20.171.206.0/24"], fetched_at: NOW - DAY });
  assertEquals(await check("45.33.32.7", GPTBOT), "disproved");
  assertEquals(await check("20.171.206.9", GPTBOT), "verified");
  ranges.use(gptbot, {
    ranges: ["20.171.206.0/24"],
    fetched_at: NOW - 8 * DAY,
  });
  assertEquals(await check("45.33.32.7", GPTBOT), "unknown");
});

Deno.test("verdicts are remembered for every process that shares the store", async () => {
  using kv = await Deno.openKv(":memory:");
  let asked = 0;
  const counting: Resolver = {
    ...nobody,
    reverse: () => Promise.resolve((asked++, [])),
  };
  assertEquals(
    await verifier(counting, kv).check("45.33.32.7", GOOGLEBOT),
    "disproved",
  );
  const other = verifier(counting, kv);
  assertEquals(await other.check("45.33.32.7", GOOGLEBOT), "disproved");
  assertEquals(other.peek("45.33.32.7", GOOGLEBOT), "disproved");
  assertEquals(asked, 1);
});

Deno.test("readPublished() reads JSON and lines, and refuses what no crawler can have", () => {
  assertEquals(
    readPublished(
      '{"prefixes":[{"ipv4Prefix":"192.0.2.0/24"},{"ipv6Prefix":"2001:db8::/48"},{"x":1},null]}',
    ),
    ["192.0.2.0/24", "2001:db8::/48"],
  );
  assertEquals(readPublished("# ours\n192.0.2.0/24\r\n\n192.0.2.7\n"), [
    "192.0.2.0/24",
    "192.0.2.7",
  ]);
  for (
    const bad of [
      "",
      "{",
      "{}",
      '{"prefixes":[]}',
      "<html>not found</html>",
      '{"prefixes":[{"ipv4Prefix":"0.0.0.0/0"}]}',
      '{"prefixes":[{"ipv6Prefix":"::/0"}]}',
      "10.0.0.0/8",
      "192.0.2.7\n".repeat(2_001),
    ]
  ) {
    let failed: unknown;
    try {
      readPublished(bad);
    } catch (error) {
      failed = error;
    }
    assertEquals(failed instanceof Error, true, bad.slice(0, 40));
  }
  assertThrows(() => readPublished("0.0.0.0/1"), RangeError, "0.0.0.0/1");
});

Deno.test("refreshRanges() takes over what it can, keeps what was there, and asks once a day", async () => {
  using kv = await Deno.openKv(":memory:");
  let now = NOW;
  const ranges = new CrawlerRanges({ now: () => now });
  const asked: string[] = [];
  const options = {
    kv,
    now: () => now,
    ranges,
    fetch: (url: string) => {
      asked.push(url);
      return url.includes("gptbot")
        ? Promise.resolve('{"prefixes":[{"ipv4Prefix":"198.51.100.0/24"}]}')
        : Promise.reject(new Error("no way out"));
    },
  };
  const done = await refreshRanges(options);
  const listed = CRAWLERS.filter(({ list }) => list !== null).length;
  assertEquals(asked.length, listed);
  assertEquals(done.filter(({ outcome }) => typeof outcome === "number"), [
    { crawler: "GPTBot", outcome: 1 },
  ]);
  const gptbot = claimedCrawler(GPTBOT)!;
  const inside = parseIp("198.51.100.7")!;
  assertEquals(ranges.has(gptbot, inside), true);
  assertEquals(
    ranges.has(claimedCrawler(GOOGLEBOT)!, parseIp("66.249.66.1")!),
    true,
  );
  now += DAY / 2;
  await refreshRanges(options);
  assertEquals(asked.length, 2 * listed - 1);
  const other = new CrawlerRanges({ now: () => now });
  await other.load(kv);
  assertEquals(other.has(gptbot, inside), true);
  assertEquals(other.isFresh(gptbot), true);
});
