import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { record, store } from "./_api.ts";

const DECLARATION = `{ "rules": [
  // Nobody here writes PHP.
  { "name": "no-php", "refuse": true, "when": { "path": "*.php" } }
] }`;

function rehearsedIn(html: string): string | undefined {
  return /name="rehearsed" value="([0-9a-f]{64})"/.exec(html)?.[1];
}

Deno.test("policy page: rules are rehearsed on the log, then applied, and undone from the audit trail", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await store(
    app,
    [1, 2, 3].map((n) => record({ path: `/${n}.php`, status: 404 })),
  );
  const post = async (form: Record<string, string>) => {
    const response = await app.fetch("/admin/policy", { form, cookie });
    return { response, html: await response.text() };
  };
  const empty = await app.fetch("/admin/policy", { cookie });
  assertEquals(empty.status, 200);
  const first = await empty.text();
  assertStringIncludes(first, "No rules have been applied yet.");
  assertStringIncludes(first, "LOGIN_RATE_ANONYMOUS");
  assertEquals(rehearsedIn(first), undefined);

  const form = { declaration: DECLARATION, since: "24h" };
  const early = await post({ ...form, action: "apply" });
  assertEquals(early.response.status, 409);
  assertStringIncludes(early.html, "has not been rehearsed");
  assertEquals(app.services.policy.declared, []);

  const tried = await post({ ...form, action: "rehearse" });
  assertEquals(tried.response.status, 200);
  const rehearsed = rehearsedIn(tried.html);
  assert(rehearsed);
  assertStringIncludes(tried.html, "203.0.113.9");

  // Another text than the one that was rehearsed is not applied with it.
  const other = DECLARATION.replace("*.php", "*");
  const swapped = await post({
    ...form,
    declaration: other,
    rehearsed,
    action: "apply",
  });
  assertEquals(swapped.response.status, 409);

  // A browser sends other line ends.
  const sent = DECLARATION.replaceAll("\n", "\r\n");
  const applied = await post({
    ...form,
    declaration: sent,
    rehearsed,
    action: "apply",
  });
  assertEquals(applied.response.status, 303);
  assertEquals(
    (await app.fetch("/index.php", { peer: "203.0.113.8" })).status,
    403,
  );
  const page = await (await app.fetch("/admin/policy?done=apply", { cookie }))
    .text();
  assertStringIncludes(page, "Version 1");
  assertStringIncludes(page, "no-php");
  const audit = await (await app.fetch("/admin/audit", { cookie })).text();
  assertStringIncludes(audit, "undo");
});

Deno.test("policy page: all that is wrong is named with its line, and nothing is applied", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const response = await app.fetch("/admin/policy", {
    cookie,
    form: {
      action: "rehearse",
      declaration: DECLARATION.replace('"path"', '"pth"'),
    },
  });
  assertEquals(response.status, 422);
  const html = await response.text();
  assertStringIncludes(html, "line 3, column");
  assertStringIncludes(html, "&quot;pth&quot;");
  assertEquals(app.services.policy.declared, []);
});

Deno.test("policy page: users without the role do not see it", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("ann");
  assertEquals((await app.fetch("/admin/policy", { cookie })).status, 403);
});
