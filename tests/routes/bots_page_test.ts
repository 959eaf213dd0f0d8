import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp, withoutComments } from "../_app.ts";
import { record, store } from "./_api.ts";

const GPTBOT =
  "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)";

Deno.test("bots page: crawlers and tools are counted by what they say they are, people are not", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const empty = await app.fetch("/admin/bots", { cookie });
  assertEquals(empty.status, 200);
  assertStringIncludes(await empty.text(), "No crawler or tool came");
  await store(app, [
    record({ user_agent: GPTBOT, path: "/a" }),
    record({ user_agent: GPTBOT, path: "/a", ip_address: "203.0.113.10" }),
    record({ user_agent: GPTBOT, path: "/b", outcome: "blocked", status: 403 }),
    record({ user_agent: "curl/8.5.0" }),
    record({}),
  ]);
  const response = await app.fetch("/admin/bots?range=24h", { cookie });
  const html = withoutComments(await response.text());
  const row = /<tr[^>]*><th[^>]*><a[^>]*>GPTBot<.*?<\/tr>/s.exec(html)?.[0];
  assert(row, html);
  const numbers = [
    ...row.matchAll(/<td[^>]*class="number"[^>]*>(?:<[^>]*>)*(\d+)/g),
  ]
    .map(([, number]) => Number(number));
  assertEquals(numbers, [3, 1, 2]);
  assertStringIncludes(row, "ai-training");
  assertStringIncludes(row, 'name="bot" value="GPTBot"');
  assertStringIncludes(row, "no rule");
  assertStringIncludes(html, 'name="bot" value="ai-training"');
  assertStringIncludes(html, "curl");
  assert(!html.includes("Firefox"));
});

Deno.test("bots page: what it does not know is refused, users without the role do not see it", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  assertEquals((await app.fetch("/admin/bots?rang=1", { cookie })).status, 400);
  const { cookie: other } = await app.signIn("ann");
  assertEquals((await app.fetch("/admin/bots", { cookie: other })).status, 403);
});

Deno.test("bots page: says what the policy does with each, and its choice is a rehearsed rule", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  await store(app, [
    record({ user_agent: GPTBOT, path: "/a" }),
    record({ user_agent: "curl/8.5.0" }),
  ]);
  const put = {
    rules: [{ name: "training", refuse: true, when: { bot: "ai-training" } }],
  };
  await app.fetch("/api/policy", { token, method: "PUT", json: put });
  const bots = await app.fetch("/admin/bots", { cookie });
  const html = withoutComments(await bots.text());
  const row = /<tr[^>]*><th[^>]*><a[^>]*>GPTBot<.*?<\/tr>/s.exec(html)![0];
  assertStringIncludes(row, 'class="badge rule-refuse"');
  assertStringIncludes(row, ">training</a>");
  const proposed = await app.fetch("/admin/policy?bot=curl&action=limit", {
    cookie,
  });
  const page = await proposed.text();
  assertStringIncludes(page, "bot-curl");
  assertStringIncludes(page, 'name="rehearsed"');
  assertEquals(app.services.policy.declared.length, 1);
});

Deno.test("bots page: says that a policy file fixes the policy, and does not promise to apply", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify({ rules: [] }));
    await using app = await startApp({ env: { POLICY_FILE: file } });
    const { cookie } = await app.signIn("root", "admin");
    const response = await app.fetch("/admin/bots", { cookie });
    const html = withoutComments(await response.text());
    assertStringIncludes(html, `<code>${file}</code> fixes the`);
    assertStringIncludes(html, "cannot be applied here");
    assert(!html.includes("before it is applied"));
  } finally {
    await Deno.remove(file);
  }
});
