import { assert, assertEquals } from "@std/assert";
import agents from "crawler-user-agents";
import fc from "fast-check";
import { type BotCategory, isBotCategory } from "../../lib/bots/bot.ts";
import { botOf, isAttackTool } from "../../lib/bots/bot_of.ts";
import own from "../../lib/bots/own.json" with { type: "json" };

const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

const NAMED: [agent: string, name: string, category: BotCategory][] = [
  [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Googlebot",
    "search",
  ],
  [
    `${CHROME} (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)`,
    "bingbot",
    "search",
  ],
  [
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
    "GPTBot",
    "ai-training",
  ],
  [
    "mozilla/5.0 applewebkit/537.36 (khtml, like gecko; compatible; gptbot/1.3)",
    "GPTBot",
    "ai-training",
  ],
  [
    "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "ClaudeBot",
    "ai-training",
  ],
  ["CCBot/2.0 (https://commoncrawl.org/faq/)", "CCBot", "ai-training"],
  [
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "meta-externalagent",
    "ai-training",
  ],
  [
    "Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)",
    "ChatGPT-User",
    "ai-answer",
  ],
  [
    "Mozilla/5.0 (compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot)",
    "OAI-SearchBot",
    "ai-answer",
  ],
  [
    "Mozilla/5.0 (compatible; Perplexity-User/1.0)",
    "Perplexity-User",
    "ai-answer",
  ],
  [
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "AhrefsBot",
    "seo",
  ],
  [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "facebookexternalhit",
    "preview",
  ],
  [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slackbot-LinkExpanding",
    "preview",
  ],
  [
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)",
    "Feedly",
    "feed",
  ],
  [
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "UptimeRobot",
    "monitor",
  ],
  [
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
    "archive.org_bot",
    "archive",
  ],
  [
    "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
    "CensysInspect",
    "research",
  ],
  ["curl/8.14.1", "curl", "tool"],
  ["python-requests/2.32.3", "python-requests", "tool"],
  ["python-httpx/0.28.1", "python-httpx", "tool"],
  ["Go-http-client/2.0", "Go-http-client", "tool"],
  [CHROME.replace("Chrome/", "HeadlessChrome/"), "HeadlessChrome", "headless"],
  [
    `${
      CHROME.replace("Chrome/", "HeadlessChrome/")
    } (compatible; AhrefsBot/7.0)`,
    "AhrefsBot",
    "seo",
  ],
  ["sqlmap/1.9#stable (https://sqlmap.org)", "sqlmap", "tool"],
  [
    "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    "Nmap Scripting Engine",
    "tool",
  ],
  // Not in the list: recognised by their words.
  ["FrobnicatorBot/0.1", "FrobnicatorBot", "tool"],
  ["Quux/3 (+https://quux.example/about)", "Quux", "tool"],
  ["acme-uptime-probe/2", "acme-uptime-probe", "monitor"],
  ["HyperRSS 4", "HyperRSS", "feed"],
];

const PEOPLE = [
  CHROME,
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE_S) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
  "[FBAN/FB4A;FBAV/567.1.0;FBMF/samsung;FBPN/com.facebook.katana;FBDV/SM-G991B]",
  "Mozilla/5.0 (Linux) mirall/3.13.2 (Nextcloud, debian ClientArchitecture: x86_64)",
  "DAVx5/4.4.3.1-ose (2024/10/05; dav4jvm; okhttp/4.12.0) Android/14",
  "git/2.46.0",
  "SVN/1.14.2 (x86_64-pc-linux-gnu) serf/1.3.9",
  "Microsoft-WebDAV-MiniRedir/10.0.22631",
  "WebDAVFS/3.0.0 (03008000) Darwin/23.6.0 (arm64)",
  "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 7a Build/AP2A.240805.005)",
  "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8",
  "-",
  "",
];

Deno.test("botOf() tells the crawlers, tools and headless browsers by name and category", () => {
  for (const [agent, name, category] of NAMED) {
    const bot = botOf(agent);
    assertEquals([bot?.name, bot?.category], [name, category], agent);
  }
});

Deno.test("botOf() takes browsers, apps and sync clients for nothing else", () => {
  for (const agent of PEOPLE) assertEquals(botOf(agent), null, agent);
  assertEquals(botOf(null), null);
  assertEquals(botOf(undefined), null);
});

Deno.test("botOf() knows nearly every user agent that crawler-user-agents has seen", () => {
  const ignored = own.ignored.length;
  const missed = agents.flatMap(({ pattern, instances }) =>
    instances.filter((agent) => botOf(agent) === null).map((agent) =>
      `${pattern}: ${agent}`
    )
  );
  // Excluded on purpose: programs that people browse with.
  assert(missed.length <= ignored, missed.join("\n"));
});

Deno.test("botOf() answers a category of the closed list, and keeps names short", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ maxLength: 700 }),
      fc.string({ unit: fc.constantFrom(..."bot crawl+http:/@a;(") }),
    ),
    (agent) => {
      const bot = botOf(agent);
      if (bot === null) return;
      assert(isBotCategory(bot.category));
      assert(bot.name.length > 0 && bot.name.length <= 80, bot.name);
    },
  ));
});

Deno.test("isAttackTool() knows tools by name, under no browser's", () => {
  for (
    const agent of [
      "sqlmap/1.9#stable (https://sqlmap.org)",
      "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)",
      "gobuster/3.6",
      "Fuzz Faster U Fool v2.1.0-dev",
      "dirsearch",
      "Mozilla/5.0 (Hydra)",
      "WhatWeb/0.5.5",
    ]
  ) assert(isAttackTool(agent), agent);
  for (const agent of [...PEOPLE, "curl/8.14.1", "CensysInspect/1.1"]) {
    assert(!isAttackTool(agent), agent);
  }
});
