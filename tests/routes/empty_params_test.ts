/**
 * Without JavaScript, a form sends its empty fields. They must not stay in a URL that users share.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { pagesToSee } from "../browser/_pages.ts";
import { startApp } from "../_app.ts";
import { sentForms } from "./_forms.ts";

/** Pages with a filter or search form. */
const FILTERED = [
  ...["/admin", "/admin/requests", "/admin/incidents", "/admin/suspicious"],
  ...["/admin/blocked", "/admin/users", "/admin/logins", "/admin/audit"],
  ...["/admin/bots", "/admin/rules"],
];
const EMPTY = /[?&](?:amp;)?[^=&#"]+=(?=[&#"]|$)/;

Deno.test("sentForms() says where a form leads when it is sent as it stands", () => {
  const form = (inner: string, rest = "") =>
    `<form method="get"${rest}>${inner}</form>`;
  const sent = (html: string) => sentForms(html, "/here");
  assertEquals(sent('<form method="post"><input name="a"></form>'), []);
  assertEquals(sent(form('<input name="a"/><input>')), ["/here?a="]);
  assertEquals(sent(form("", ' action="/x?y#z"')), ["/x?"]);
  assertEquals(
    sent(
      form('<input name="a" value="1&amp;2"><input type="checkbox" name="b">'),
    ),
    ["/here?a=1%262"],
  );
  const options = "<option value>any</option><option selected>x</option>";
  assertEquals(sent(form(`<select name="s">${options}</select>`)), [
    "/here?s=x",
  ]);
});

Deno.test("No form of any page, sent with empty fields, leaves them in the address", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const known = pagesToSee({ busy: "192.0.2.1", blocked: "192.0.2.2" })
    .filter(({ viewer, name }) =>
      viewer === "admin" && name !== "requests-wrong"
    ).map(({ path }) => path);
  const forms = new Set<string>();
  for (const path of new Set([...known, ...FILTERED])) {
    const page = await app.fetch(path, { cookie });
    const html = await page.text();
    const links = [...html.matchAll(/\shref="([^"]*)"/g)].map(([, to]) => to!);
    assertEquals(links.filter((to) => EMPTY.test(to)), [], `links of ${path}`);
    const sent = sentForms(html, path.split("?")[0]!);
    if (FILTERED.includes(path)) {
      assert(sent.some((to) => to.startsWith(`${path}?`)), `a form of ${path}`);
    }
    for (const to of sent) forms.add(to);
  }
  for (const to of forms) {
    await t.step(to, async () => {
      let at = to.replace(/\?$/, "");
      let answer = await app.fetch(at, { cookie });
      if (EMPTY.test(at)) {
        assertEquals(answer.status, 303);
        at = answer.headers.get("location")!;
        assert(!EMPTY.test(at), at);
        answer = await app.fetch(at, { cookie });
      }
      await answer.body?.cancel();
      assertEquals(answer.status, 200, at);
    });
  }
});

Deno.test("An empty parameter of a page is as one that is not there; only its value is left out", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const table: [asked: string, answered: string][] = [
    ["/admin/requests?ip=&path=", "/admin/requests"],
    ["/admin/requests?ip=%20%09&status=404", "/admin/requests?status=404"],
    ["/admin/requests?path!=&path!=/a", "/admin/requests?path%21=%2Fa"],
    ["/admin/requests?ip", "/admin/requests"],
    ["/admin/audit/export?who=&format=json", "/admin/audit/export?format=json"],
    ["/profile?done=", "/profile"],
  ];
  for (const [asked, answered] of table) {
    for (const method of ["GET", "HEAD"]) {
      await t.step(`${method} ${asked}`, async () => {
        const answer = await app.fetch(asked, { cookie, method });
        assertEquals(answer.status, 303);
        assertEquals(answer.headers.get("location"), answered);
      });
    }
  }
  // Unknown parameters are refused all the same.
  const wrong = await app.fetch("/admin/requests?usernme=", { cookie });
  await wrong.body?.cancel();
  assertEquals(wrong.status, 400);
});
