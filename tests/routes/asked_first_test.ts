/** What the console's forms ask before an action: the forms are sent like by a browser. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp, type TestApp } from "../_app.ts";
import { json } from "./_api.ts";

/** The fields of the first POST form of a page that contains a text, with one of its buttons. */
function fieldsOf(html: string, text: string): Record<string, string> {
  const forms = [
    ...html.matchAll(/<form\b[^>]*method="post"[^>]*>.*?<\/form>/gs),
  ]
    .map(([form]) => form);
  const form = forms.find((each) => each.includes(text));
  assert(form, `no form says ${text}`);
  const fields: Record<string, string> = {};
  const attribute = (own: string, name: string) =>
    new RegExp(`\\b${name}="([^"]*)"`).exec(own)?.[1] ?? null;
  for (const [, own] of form.matchAll(/<(?:input|button)\b([^>]*)>/g)) {
    const name = attribute(own!, "name");
    // Of the buttons, the one for the action is pressed.
    if (name !== null && name !== "preview") {
      fields[name] ??= attribute(own!, "value") ?? "";
    }
  }
  return fields;
}

async function send(
  app: TestApp,
  path: string,
  cookie: string,
  form: Record<string, string>,
): Promise<{ status: number; html: string }> {
  const answer = await app.fetch(path, { cookie, form });
  return { status: answer.status, html: await answer.text() };
}

Deno.test("An admin's button that changes a role asks first, and does it when asked for again", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await app.signIn("ann");
  const page = async () =>
    await (await app.fetch("/admin/users", { cookie })).text();
  const first = fieldsOf(await page(), 'value="promote"');
  const asked = await send(app, "/admin/users", cookie, first);
  assertEquals(asked.status, 200);
  assertStringIncludes(await page(), 'value="promote"', "ann is no admin yet");
  const second = fieldsOf(asked.html, 'name="confirm"');
  assertEquals([second.action, second.id], [first.action, first.id]);
  const done = await send(app, "/admin/users", cookie, second);
  assertEquals(done.status, 303);
  assert(!(await page()).includes('value="promote"'));
});

Deno.test("A network is shown before it is blocked from a dossier, and blocked when it was seen", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const path = "/admin/ip/203.0.113.9";
  const blocked = async () =>
    (await json(await app.fetch("/api/blocked", { token }))).items.map(
      ({ ip_address }: { ip_address: string }) => ip_address,
    );
  const html = await (await app.fetch(path, { cookie })).text();
  const first = fieldsOf(html, 'value="203.0.113.0/24"');
  assertEquals(first.action, "block");
  const shown = await send(app, path, cookie, first);
  assertEquals(shown.status, 409);
  assertEquals(await blocked(), []);
  const second = fieldsOf(shown.html, 'name="confirmed"');
  assertEquals(second.confirmed, "203.0.113.0/24");
  assertEquals((await send(app, path, cookie, second)).status, 303);
  assertEquals(await blocked(), ["203.0.113.0/24"]);
});
