import { assertEquals, assertStringIncludes } from "@std/assert";
import { safeHosts } from "../../lib/app/jobs.ts";
import { checkSafeHosts } from "../../lib/doctor/safe_hosts.ts";
import { listSafeHosts } from "../../lib/lists/safe_hosts.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { startApp } from "../_app.ts";
import { HOSTILE, see } from "./_console.ts";

const HOUR = 3_600_000;

async function appWithDns() {
  const dns: Record<string, string[]> = {
    "monitor.example": ["203.0.113.7", "2001:db8::7"],
  };
  const app = await startApp({
    resolver: {
      reverse: () => Promise.resolve([]),
      forward: (name) => Promise.resolve(dns[name] ?? []),
    },
  });
  const { cookie, token } = await app.signIn("root", "admin");
  const { lists } = app.services;
  const isSafe = (ip: string) =>
    lists.match(ip, app.clock.now)?.kind === "safe";
  return {
    ...{ app, cookie, token, dns, isSafe },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

Deno.test("safelist: a name is put on, shown, followed and taken off on the page", async () => {
  await using bench = await appWithDns();
  const { app, cookie, dns, isSafe } = bench;
  const form = { action: "allow", ip: "Monitor.example", reason: HOSTILE };
  const posted = await app.fetch("/admin/blocked", {
    cookie,
    form: { ...form, for: "24h" },
  });
  assertEquals(posted.status, 303);
  assertEquals([isSafe("203.0.113.7"), isSafe("2001:db8::7")], [true, true]);
  const html = await see(app, "/admin/blocked", cookie);
  assertStringIncludes(html, "Host names on the safelist");
  assertStringIncludes(html, 'aria-label="Remove monitor.example"');
  assertEquals(html.includes('aria-label="Remove 203.0.113.7"'), false);

  dns["monitor.example"] = ["203.0.113.8"];
  app.clock.now += HOUR;
  await safeHosts(app.services);
  assertEquals([isSafe("203.0.113.7"), isSafe("203.0.113.8")], [false, true]);

  dns["monitor.example"] = [];
  app.clock.now += 2 * HOUR;
  const { warn } = console;
  console.warn = () => {};
  try {
    await safeHosts(app.services);
  } finally {
    console.warn = warn;
  }
  assertEquals(isSafe("203.0.113.8"), true);
  assertStringIncludes(
    await see(app, "/admin/blocked", cookie),
    "it has no address",
  );
  const [check] = await checkSafeHosts(app.services.kv, app.clock.now);
  assertEquals([check!.level, check!.fix], [
    "warn",
    "deno task allow-ip monitor.example --remove",
  ]);

  const removed = await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "disallow", ip: "monitor.example" },
  });
  assertEquals([removed.status, isSafe("203.0.113.8")], [303, false]);
  const audit = await see(app, "/admin/audit", cookie);
  assertStringIncludes(audit, "monitor.example");

  // DNS has no address of it now: it comes back with the last one.
  const undo = async () => {
    app.clock.now += 1_000;
    const { items: [entry] } = await listAudit(app.services.kv, {
      limit: 1,
      now: app.clock.now,
    });
    const form = { action: "undo", at: String(entry!.at), id: entry!.id };
    const response = await app.fetch("/admin/audit", { cookie, form });
    return [response.headers.get("location"), isSafe("203.0.113.8")];
  };
  assertEquals(await undo(), ["/admin/audit?done=undo", true]);
  const [host] = await listSafeHosts(app.services.kv, app.clock.now);
  assertEquals([host!.reason, host!.created_by], [HOSTILE, "root"]);
  // The undo of the undo: what was put back is removed again.
  assertEquals(await undo(), ["/admin/audit?done=undo", false]);
});

Deno.test("safelist: an entry of a page ends where a time is chosen", async () => {
  await using bench = await appWithDns();
  const { app, cookie, isSafe } = bench;
  await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "allow", ip: "203.0.113.9", for: "1h" },
  });
  assertEquals(isSafe("203.0.113.9"), true);
  app.clock.now += HOUR;
  assertEquals(isSafe("203.0.113.9"), false);
});

Deno.test("/api/safelist: puts on, lists and takes off addresses and names", async () => {
  await using bench = await appWithDns();
  const { app, token, isSafe } = bench;
  const put = async (json: unknown) => {
    const response = await app.fetch("/api/safelist", { token, json });
    return [response.status, await response.json()];
  };
  const [status, { hosts: [host] }] = await put({
    ip: "monitor.example",
    for: "24h",
  });
  assertEquals([status, host.addresses], [201, ["2001:db8::7", "203.0.113.7"]]);
  assertEquals((await put({ ip: "203.0.113.0/28" }))[0], 201);
  for (const ip of ["nobody.example", "", "203.0.113.300", HOSTILE]) {
    const [refused, { detail }] = await put({ ip });
    assertEquals(refused, 422, ip);
    assertStringIncludes(detail, "Cannot allow");
  }
  const list = await (await app.fetch("/api/safelist", { token })).json();
  assertEquals(
    list.items.map((item: Record<string, unknown>) => [
      item.ip_address,
      item.host,
    ]),
    [
      ["2001:db8::7", "monitor.example"],
      ["203.0.113.0/28", null],
      ["203.0.113.7", "monitor.example"],
    ],
  );
  const off = async (entry: string) =>
    (await app.fetch(`/api/safelist/${encodeURIComponent(entry)}`, {
      token,
      method: "DELETE",
    })).status;
  assertEquals(await off("203.0.113.7"), 409);
  assertEquals(await off("203.0.113.0/28"), 204);
  assertEquals(await off("203.0.113.0/28"), 404);
  assertEquals(await off("monitor.example"), 204);
  assertEquals(isSafe("203.0.113.7"), false);
});
