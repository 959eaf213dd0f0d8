import { assert, assertEquals } from "@std/assert";
import { readRules } from "../../lib/policy/read_rules.ts";
import { robotsText } from "../../lib/policy/robots.ts";
import { startApp } from "../_app.ts";

const text = (...rules: unknown[]) => robotsText(readRules(rules).rules);

Deno.test("robots.txt names whom a rule refuses, and where", () => {
  assertEquals(
    text({
      name: "a",
      refuse: true,
      when: {
        bot: ["GPTBot", "CCBot"],
        path: ["/shop/*", "*.pdf"],
        not: { path: "/shop/open/*" },
      },
    }),
    `User-agent: CCBot
User-agent: GPTBot
Disallow: /shop/
Disallow: /*.pdf$
Allow: /shop/open/

User-agent: *
Disallow:
`,
  );
});

Deno.test("robots.txt names the crawlers of a category, and a limit's pause", () => {
  const training = text({
    name: "t",
    refuse: true,
    when: { bot: "ai-training" },
  });
  assert(training.includes("User-agent: GPTBot\n"));
  assert(training.includes("Disallow: /\n"));
  assert(!training.includes("Googlebot"));
  const slow = text({ name: "s", limit: "6/m", when: { bot: "AhrefsBot" } });
  assert(slow.startsWith("User-agent: AhrefsBot\nCrawl-delay: 10\n"));
});

Deno.test("robots.txt says nothing of rules that look at more than the name", () => {
  assertEquals(
    text(
      { name: "a", refuse: true, when: { bot: "search", verified: false } },
      { name: "b", refuse: true, when: { path: "/x" } },
      { name: "c", track: true, when: { bot: "seo" } },
    ),
    "User-agent: *\nDisallow:\n",
  );
});

Deno.test("/robots.txt is the policy's", async () => {
  await using app = await startApp();
  const response = await app.fetch("/robots.txt");
  assertEquals(response.status, 200);
  assertEquals(
    response.headers.get("content-type"),
    "text/plain; charset=utf-8",
  );
  const sent = await response.text();
  assert(sent.startsWith("User-agent: *\nAllow: /$\n"));
  assert(sent.endsWith("Disallow: /\n"));
});
