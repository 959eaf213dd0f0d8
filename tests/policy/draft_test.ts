import { assertEquals, assertThrows } from "@std/assert";
import { Refusal } from "../../lib/base/refusal.ts";
import { BOT_CATEGORIES } from "../../lib/bots/bot.ts";
import { botNames } from "../../lib/bots/bot_of.ts";
import {
  BOT_ACTIONS,
  draftText,
  leavingOut,
  treatmentOf,
  withBotRule,
  withoutRule,
} from "../../lib/policy/draft.ts";
import { readPolicy, readRules } from "../../lib/policy/read_rules.ts";

const NO_PHP = { name: "no-php", refuse: true, when: { path: "*.php" } };

Deno.test("a bot has one rule, which the next action replaces and none takes away", () => {
  const refused = withBotRule([NO_PHP], "GPTBot", "refuse");
  assertEquals(refused, [
    NO_PHP,
    { name: "bot-gptbot", refuse: true, when: { bot: "GPTBot" } },
  ]);
  assertEquals(withBotRule(refused, "GPTBot", "limit"), [
    NO_PHP,
    { name: "bot-gptbot", limit: "60/m", when: { bot: "GPTBot" }, by: "all" },
  ]);
  assertEquals(withBotRule(refused, "GPTBot", "none"), [NO_PHP]);
  assertThrows(() => withBotRule([], "GTPBot", "refuse"), Refusal, "GTPBot");
});

Deno.test("letting a crawler past limits asks whether it is who it says, where that can be known", () => {
  const when = (bot: string) =>
    (withBotRule([], bot, "allow")[0] as { when: unknown }).when;
  assertEquals(when("Googlebot"), { bot: "Googlebot", verified: true });
  assertEquals(when("search"), { bot: "search", verified: true });
  assertEquals(when("curl"), { bot: "curl" });
});

Deno.test("every proposed rule holds, for every bot and category", () => {
  for (const bot of [...BOT_CATEGORIES, ...botNames()]) {
    for (const action of BOT_ACTIONS) {
      readPolicy(draftText(withBotRule([NO_PHP], bot, action)));
    }
  }
});

Deno.test("paths are left out beside what was", () => {
  const rule = (when?: unknown) => ({ name: "a", challenge: true, when });
  const not = (when?: unknown) => {
    const [left] = leavingOut([rule(when)], "a", ["/api/*"]);
    readRules([left]);
    return (left as { when: { not: unknown } }).when.not;
  };
  assertEquals(not({ hosting: true }), { path: ["/api/*"] });
  assertEquals(not({ not: { path: "/feed.xml" } }), {
    path: ["/feed.xml", "/api/*"],
  });
  assertEquals(not({ not: { path: ["/api/*"] } }), { path: ["/api/*"] });
  assertEquals(not({ not: [{ path: "/a", method: "GET" }] }), [
    { path: "/a", method: "GET" },
    { path: ["/api/*"] },
  ]);
  assertEquals(leavingOut([NO_PHP], "a", ["/b"]), [NO_PHP]);
});

Deno.test("a rule is taken out by its name", () => {
  assertEquals(withoutRule([NO_PHP, { name: "a" }], "a"), [NO_PHP]);
});

Deno.test("what a policy does with a bot is what the first rule says that names it", () => {
  const { rules } = readRules([
    { name: "slow", limit: "1/s", when: { bot: "ai-training" } },
    { name: "some", refuse: true, when: { bot: "GPTBot", path: "/a" } },
    { name: "seen", track: true, when: { bot: "curl" } },
  ]);
  assertEquals(treatmentOf(rules, ["gptbot", "ai-training"]), {
    kind: "refuse",
    rule: "some",
    isPartial: true,
  });
  assertEquals(treatmentOf(rules, ["CCBot", "ai-training"])?.rule, "slow");
  assertEquals(treatmentOf(rules, ["curl", "tool"]), null);
});

Deno.test("a proposed text is read as the rules that it was made of", () => {
  const rules = [
    NO_PHP,
    {
      name: "long",
      challenge: true,
      when: {
        hosting: true,
        header: { "x-a": "*" },
        not: [{ path: ["/a", "/b"] }],
      },
      say: 'We "ask" first: \\ \u2028',
    },
  ];
  const text = draftText(rules);
  assertEquals(readPolicy(text).declared, rules);
  assertEquals(JSON.parse(draftText([])), { rules: [] });
  assertEquals(
    text.split("\n")[2],
    '    { "name": "no-php", "refuse": true, "when": { "path": "*.php" } },',
  );
});
