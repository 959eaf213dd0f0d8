import { assertEquals } from "@std/assert";
import { readPolicy, readRules } from "../../lib/policy/read_rules.ts";
import { sentenceOf } from "../../lib/policy/sentence.ts";
import { EXAMPLE } from "./_policy.ts";

Deno.test("the example reads as sentences", () => {
  const { rules } = readPolicy(EXAMPLE);
  assertEquals(
    Object.fromEntries(rules.map((rule) => [rule.name, sentenceOf(rule)])),
    {
      monitor:
        "Allows requests to /status from 192.0.2.7 or 2001:db8:7::/48 regardless of all other rules.",
      injections: "Refuses requests with the signal sqli, rce or jndi.",
      training: "Refuses requests of bots: ai-training.",
      doubtful:
        "Challenges requests from hosting providers, except those to /api/* or /feed.xml.",
      api:
        "Limits GET or POST requests to /api/* to 100 a minute for each address.",
      search: "Limits requests to /search to 10 a second for each user.",
      keys: "Limits every request to 1000 an hour for each value of x-api-key.",
      "no-php":
        "Blocks an address for 1 hour after 3 in 10 minutes of requests to *.php answered 404.",
      flood:
        "Blocks an address for 10 minutes after 1200 a minute of every request.",
      legacy: "Only counts requests to /v1/*.",
    },
  );
});

const SENTENCES: [rule: Record<string, unknown>, sentence: string][] = [
  [
    { limit: "20 at once", by: "all" },
    "Limits every request to 20 at once for all together.",
  ],
  [
    { limit: "5/d", by: "network", exact: true, then: "challenge" },
    "Limits every request to 5 a day for each network, exactly over all processes, with a challenge above it.",
  ],
  [
    { refuse: true, when: { country: "de" }, say: "Not here." },
    "Refuses requests from DE. Message: “Not here.”",
  ],
  [
    { refuse: true, when: { asn: [64500, 64501], hosting: false } },
    "Refuses requests from AS64500 or AS64501 from networks other than hosting providers.",
  ],
  [
    { refuse: true, when: { bot: "GPTBot", verified: false } },
    "Refuses requests of bots: GPTBot of bots that are not verified.",
  ],
  [
    { track: true, when: { user: ["anonymous", "maria"], host: "a.example" } },
    "Only counts requests at a.example of anonymous clients or maria.",
  ],
  [
    { refuse: true, when: { header: { "x-a": "*", "x-b": ["1", "2"] } } },
    "Refuses requests with a field x-a with x-b: 1 or 2.",
  ],
  [
    { refuse: true, when: { user_agent: ["", "*curl*"] } },
    "Refuses requests by user agent nothing or *curl*.",
  ],
  [
    {
      refuse: true,
      when: { path: "/a*", not: [{ path: "/ab" }, { method: "GET" }] },
    },
    "Refuses requests to /a*, except those to /ab or those with GET.",
  ],
  [
    { refuse: true, when: { path: "/1 /2 /3 /4 /5 /6 /7 /8".split(" ") } },
    "Refuses requests to /1, /2, /3, /4, /5, /6 or 2 more.",
  ],
  [
    {
      block: "90s",
      by: "network",
      after: "5 in 36h",
      when: { status: ["4xx", 500] },
    },
    "Blocks a network for 90 seconds after 5 in 36 hours of requests answered 4xx or 500.",
  ],
];

for (const [rule, sentence] of SENTENCES) {
  Deno.test(`"${sentence.slice(0, 60)}" is said of ${JSON.stringify(rule).slice(0, 40)}`, () => {
    const { rules } = readRules([{ name: "a", ...rule }]);
    assertEquals(sentenceOf(rules[0]!), sentence);
  });
}
