import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { column, HOSTILE, log, see } from "./_console.ts";

Deno.test("request log: each value offers to be looked for, left out, and an address its dossier", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, { ip_address: "203.0.113.9", path: "/a b", status: 404 });
  const html = await see(app, "/admin/requests?status=4xx", cookie);
  for (
    const href of [
      "/admin/requests?status=4xx&amp;ip=203.0.113.9",
      "/admin/requests?status=4xx&amp;ip%21=203.0.113.9",
      "/admin/ip/203.0.113.9",
      "/admin/requests?status=4xx&amp;path=%2Fa+b",
      "/admin/requests?status=4xx&amp;path%21=%2Fa+b",
      "/admin/requests?status=404",
      "/admin/requests?status=4xx&amp;status%21=404",
    ]
  ) assertStringIncludes(html, `href="${href}"`);
  assertEquals(html.match(/data-copy/g)?.length, 2, "address and path");
});

Deno.test("request log: what is left out is a chip, stays in the form, and can be taken back", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, { path: "/a" }, { path: "/b" }, { path: "/c" });
  const html = await see(
    app,
    "/admin/requests?path!=/a&path!=/b&username!=root",
    cookie,
  );
  assertEquals(
    column(html, "Requests", 2).map((text) => text.includes("/c")),
    [true],
  );
  assertStringIncludes(html, "Remove filter not Path: /a");
  assertStringIncludes(
    html,
    'href="/admin/requests?path%21=%2Fb&amp;username%21=root"',
  );
  assertStringIncludes(html, '<input type="hidden" name="path!" value="/b"');
});

Deno.test("request log: filters that cannot be meant are refused in place", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (const query of ["ip!=banana", "status!=9999", "cursor=x", "since=x"]) {
    const html = await see(app, `/admin/requests?${query}`, cookie, 400);
    assertStringIncludes(html, 'role="alert"');
  }
});

Deno.test("saved filters: are each user's own; saved, replaced, used, forgotten", async () => {
  await using app = await startApp();
  const root = await app.signIn("root", "admin");
  const other = await app.signIn("other", "admin");
  const post = (form: Record<string, string>, cookie = root.cookie) =>
    app.fetch("/admin/requests", { cookie, form });

  const saved = await post({
    action: "save",
    name: "  Bad   logins ",
    query: "path=/login&status=4xx&cursor=x&evil=1&ip!=203.0.113.9",
  });
  assertEquals(saved.status, 303);
  assertEquals(
    saved.headers.get("location"),
    "/admin/requests?ip%21=203.0.113.9&path=%2Flogin&status=4xx&done=save",
  );
  let html = await see(app, "/admin/requests", root.cookie);
  assertStringIncludes(html, "Bad logins");
  assertStringIncludes(
    html,
    'href="/admin/requests?ip%21=203.0.113.9&amp;path=%2Flogin&amp;status=4xx"',
  );
  assert(
    !(await see(app, "/admin/requests", other.cookie)).includes("Bad logins"),
  );

  await post({ action: "save", name: "Bad logins", query: "status=403" });
  html = await see(app, "/admin/requests", root.cookie);
  assertStringIncludes(html, 'href="/admin/requests?status=403"');
  assertStringIncludes(html, "Saved filters (1)");

  assertEquals(
    (await post({ action: "forget", name: "Bad logins" })).status,
    303,
  );
  html = await see(app, "/admin/requests", root.cookie);
  assert(!html.includes("Bad logins"));
});

Deno.test("saved filters: empty, too long, too many and nonsense are refused", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const save = async (name: string, query: string) => {
    const form = { action: "save", name, query };
    const response = await app.fetch("/admin/requests", { cookie, form });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await save("", "status=404"), 422);
  assertEquals(await save("x".repeat(41), "status=404"), 422);
  assertEquals(await save("nothing", ""), 422);
  assertEquals(await save("nothing known", "evil=1"), 422);
  assertEquals(await save("nonsense", "ip=banana"), 400);
  assertEquals(await save("long", `path=/${"x".repeat(1_200)}`), 422);
  for (let i = 0; i < 20; i++) {
    assertEquals(await save(`filter ${i}`, "status=404"), 303);
  }
  assertEquals(await save("one more", "status=404"), 422);
  assertEquals(await save("filter 3", "status=500"), 303);
  const response = await app.fetch("/admin/requests", {
    cookie,
    form: { action: "burn" },
  });
  await response.body?.cancel();
  assertEquals(response.status, 400);
});

Deno.test("live view: is off unless asked for, and keeps the filters", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, { path: "/a", status: 404 });
  const off = await see(app, "/admin/requests?status=404", cookie);
  assert(!off.includes("live-rows"));
  assertStringIncludes(off, 'href="/admin/requests?status=404&amp;live=1"');
  const on = await see(app, "/admin/requests?status=404&live=1", cookie);
  assertStringIncludes(on, 'id="live-rows"');
  assertStringIncludes(on, 'href="/admin/requests?status=404"');
  assertStringIncludes(on, '<input type="hidden" name="live" value="1"');
  assertStringIncludes(on, 'role="log"');
});

Deno.test("request log: what visitors and admins wrote stays text", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, {
    path: `/${HOSTILE}`,
    username: HOSTILE,
    city: HOSTILE,
    country_code: "DE",
    user_agent: HOSTILE,
  });
  await app.fetch("/admin/requests", {
    cookie,
    form: {
      action: "save",
      name: HOSTILE.slice(0, 40),
      query: `path=${HOSTILE}`,
    },
  });
  for (const query of ["", "?live=1", `?path!=${HOSTILE}`]) {
    const html = await see(app, `/admin/requests${query}`, cookie);
    assert(!/<img|<script>alert/.test(html), html);
  }
});

Deno.test("requests: a link to a record shows it wherever it stands, and says where it is gone", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, { path: "/first" });
  const list = await see(app, "/admin/requests?path=/first", cookie);
  const id = /[?&;]open=([^"#&]+)/.exec(list)![1]!;
  await log(app, ...Array.from({ length: 60 }, () => ({ path: "/later" })));
  // Neither on the first page, nor among the filter's matches.
  for (const query of ["", "path=/later&"]) {
    const html = await see(app, `/admin/requests?${query}open=${id}`, cookie);
    const panel = html.slice(html.indexOf(`id="record"`));
    assertStringIncludes(panel, "/first");
  }
  const gone = await see(app, "/admin/requests?open=zz.w.0.0", cookie);
  assertStringIncludes(gone, "is not in the log any more");
  assertEquals(gone.includes(`id="record"`), false);
});
