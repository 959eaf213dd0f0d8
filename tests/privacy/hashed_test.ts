import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import {
  listFindings,
  setFindingActive,
} from "../../lib/detection/findings.ts";
import { runHourlyJob, runLightPass } from "../../lib/detection/job.ts";
import { storedSource } from "../../lib/detection/job_options.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import {
  HASH_KEY_HELD_MS,
  SEAL_HELD_MS,
} from "../../lib/privacy/address_storage.ts";
import { sweep } from "../../lib/retention/sweep.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { keys } from "../../lib/store/keys.ts";
import { startApp, type TestApp } from "../_app.ts";
import { kindsHolding } from "../_scan.ts";
import { json } from "../routes/_api.ts";
import { see } from "../routes/_console.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const IP = "8.8.4.77";
const PASSWORD = "a pass phrase of hers";

function start(
  env: Record<string, string> = {},
  now = Date.UTC(2026, 0, 5, 12),
) {
  return startApp({
    now,
    env: {
      PRIVACY_IP: "hashed",
      SUSPICIOUS_REQUEST_THRESHOLD: "10",
      LOGIN_RATE_ANONYMOUS: "100/m",
      ...env,
    },
  });
}

async function visit(app: TestApp, times: number, peer = IP) {
  for (let n = 0; n < times; n++) {
    await (await app.fetch(`/page-${n}`, { peer })).body?.cancel();
  }
}

async function tidy(app: TestApp) {
  const { config, ...rest } = app.services;
  let result;
  do {
    result = await sweep({ ...rest, logRetention: config.logRetention });
  } while (!result.isDone);
}

async function settle(app: TestApp) {
  const { log, accounts, lists } = app.services;
  await Promise.all([log.flush(), accounts.activity.flush()]);
  await lists.flushHits();
}

/** The places in `docs/privacy.md` that keep a whole address while it is active. */
const PLACES = [
  "access",
  "access_change",
  "audit",
  "block_hits",
  "finding",
  "finding_by_time",
  "note",
];

Deno.test("hashed: a whole address is in the store at the documented places while active, and nowhere later", async () => {
  await using app = await start({ AUTO_BLOCK: "suggest" });
  const { services, clock } = app;
  const { kv } = services;
  const admin = await app.signIn("root", "admin");
  await createUser(services.accounts, { username: "ann", password: PASSWORD });
  await visit(app, 15);
  for (const password of ["wrong one", "wrong two", PASSWORD]) {
    const response = await app.fetch("/login", {
      peer: IP,
      form: { username: "ann", password },
    });
    await response.body?.cancel();
  }
  await app.fetch("/api/geo", { peer: IP });
  await app.fetch("/signup", {
    peer: IP,
    form: { username: "bob", password: PASSWORD },
  });
  await settle(app);
  await rollUp(services);
  assertEquals(await kindsHolding(kv, IP), []);

  await services.detect({ at: clock.now + 1 });
  const { items } = await listFindings(kv, {
    limit: 99,
    now: clock.now,
    ip: IP,
  });
  assert(items.some(({ rule }) => rule === "high_volume"));
  const dossier = `/admin/ip/${IP}`;
  for (
    const form of [
      { action: "block", ip: IP, reason: `seen ${IP}`, check: "1" },
      { action: "note", text: `${IP} again` },
    ] as Record<string, string>[]
  ) {
    const response = await app.fetch(dossier, { cookie: admin.cookie, form });
    assertEquals(response.status, 303);
  }
  await visit(app, 2);
  await settle(app);
  clock.now += 10 * HOUR;
  await tidy(app);
  assertEquals(await kindsHolding(kv, IP), PLACES);
  // The dossier of the address finds its log entries by the hash, as does the API.
  const html = await see(app, dossier, admin.cookie);
  for (const words of ["/page-14", "high_volume", `${IP} again`, "ann"]) {
    assertStringIncludes(html, words);
  }
  const { items: requests } = await json(
    await app.fetch(`/api/requests?ip=${IP}&limit=99`, { token: admin.token }),
  );
  assertEquals(requests.length, 22);

  // A finding alone keeps it, and a block alone.
  await app.fetch("/admin/blocked", {
    cookie: admin.cookie,
    form: { action: "unblock", ip: IP },
  });
  clock.now += 10 * HOUR;
  await tidy(app);
  assert((await kindsHolding(kv, IP)).includes("finding"));
  const { items: open } = await listFindings(kv, {
    limit: 99,
    now: clock.now,
    ip: IP,
  });
  for (const { id } of open) {
    await setFindingActive(kv, id, false, {
      by: "root",
      why: `it was ${IP}`,
      now: clock.now,
    });
  }
  clock.now += DAY + HOUR;
  await tidy(app);
  assertEquals(await kindsHolding(kv, IP), []);

  // The remaining ones are still found, by the keys that are kept.
  const { cookie } = await app.signIn("later", "admin");
  const later = await see(app, `${dossier}?range=30d`, cookie);
  assertStringIncludes(later, "high_volume");
  assertStringIncludes(later, "again");
  clock.now += HASH_KEY_HELD_MS + DAY;
  await tidy(app);
  const last = await app.fetch(`/api/requests?ip=${IP}`, {
    token: admin.token,
  });
  assertEquals((await json(last)).items, []);
  assertEquals(await kindsHolding(kv, IP), []);
});

Deno.test("hashed: nobody escapes where the hashes' key changes in the middle of the hour", async () => {
  const midnight = Date.UTC(2026, 0, 6);
  await using app = await start({}, midnight - 5 * 60_000);
  const { services, clock } = app;
  await visit(app, 8);
  await settle(app);
  clock.now = midnight + 5 * 60_000;
  await visit(app, 8);
  await settle(app);
  const { items } = await pageRequests(
    services.kv,
    { limit: 99 },
    services.now,
  );
  assertEquals(new Set(items.map(({ ip_address }) => ip_address)).size, 2);
  // Neither half exceeds the threshold of ten.
  const result = await services.detect({ at: clock.now + 1 });
  const found = result.findings.filter(({ rule }) => rule === "high_volume");
  assertEquals(found.map((f) => [f.ip_address, f.count]), [[IP, 16]]);
});

Deno.test("hashed: logins of long ago count for the address that came again, across keys", async () => {
  const midnight = Date.UTC(2026, 0, 6);
  await using app = await start({}, midnight - 8 * HOUR);
  const { services, clock } = app;
  const fail = async () => {
    await app.fetch("/login", {
      peer: IP,
      form: { username: "ann", password: "a wrong password" },
    });
    await settle(app);
  };
  await fail();
  clock.now = midnight + 2 * HOUR;
  await fail();
  const source = storedSource(services.kv, services.now, services.addresses);
  const seen = await Array.fromAsync(
    source.logins!({ from: 0, to: midnight * 2 }),
  );
  assertEquals(seen.map(({ ip_address }) => ip_address), [IP, IP]);
});

Deno.test("hashed: AUTO_BLOCK blocks the address itself, but none that somebody known is at", async () => {
  for (const isKnown of [false, true]) {
    await using app = await start({ AUTO_BLOCK: "on" });
    const { services, clock } = app;
    if (isKnown) {
      await createUser(services.accounts, {
        username: "root",
        password: PASSWORD,
        role: "admin",
      });
      const response = await app.fetch("/login", {
        peer: IP,
        form: { username: "root", password: PASSWORD },
      });
      assertEquals(response.status, 303);
    }
    await visit(app, 60);
    for (
      const secret of [
        "id_rsa",
        ".env",
        ".pgpass",
        ".netrc",
        ".my.cnf",
        "dump.sql",
      ]
    ) {
      await (await app.fetch(`/${secret}`, { peer: IP })).body?.cancel();
    }
    await settle(app);
    await services.detect({ at: clock.now + 1 });
    const { status } = await app.fetch("/", { peer: IP });
    assertEquals(status, isKnown ? 200 : 403, `known: ${isKnown}`);
    if (isKnown) continue;
    // Its offences are stored by the hash, so that the duration grows, and found again the next
    // day.
    assertEquals((await services.kv.get(keys.offence(IP))).value, null);
    assertEquals(
      (await kindsHolding(services.kv, IP)).includes("offence"),
      false,
    );
  }
});

Deno.test("hashed: the jobs find the same by whole addresses, late ones by hashes", async () => {
  await using app = await start();
  const { services, clock } = app;
  await visit(app, 15);
  await settle(app);
  const light = await runLightPass(await services.jobOptions());
  assert(light.findings.some(({ ip_address }) => ip_address === IP));
  clock.now = Math.ceil(clock.now / HOUR) * HOUR + HOUR + 60_000;
  const hourly = await runHourlyJob({
    ...await services.jobOptions(),
    settleMs: 0,
  });
  assertEquals(hourly.raised, 0);

  await using late = await start();
  await visit(late, 15);
  await settle(late);
  late.clock.now += SEAL_HELD_MS + 2 * HOUR;
  const at = late.clock.now - SEAL_HELD_MS - HOUR;
  const { findings } = await late.services.detect({ at });
  const [found] = findings.filter(({ rule }) => rule === "high_volume");
  assert(found!.ip_address.startsWith("2001:db8:"), found!.ip_address);
});

Deno.test("hashed: a row of the log can be blocked while the address behind it is known", async () => {
  await using app = await start();
  const { services, clock } = app;
  const { token } = await app.signIn("root", "admin");
  await visit(app, 3);
  await settle(app);
  const { items } = await pageRequests(services.kv, { limit: 1 }, services.now);
  const form = items[0]!.ip_address;
  assert(form !== IP);
  const block = () => app.fetch("/api/blocked", { token, json: { ip: form } });
  clock.now += DAY;
  const late = await block();
  assertEquals(late.status, 409);
  assertStringIncludes(await late.text(), "no longer known");
  clock.now -= DAY;
  const blocked = await json(await block(), 201);
  assertEquals(blocked.ip_address, IP);
  assertEquals((await app.fetch("/", { peer: IP })).status, 403);
});

Deno.test("truncated: no whole address is stored of visits and logins", async () => {
  await using app = await start({ PRIVACY_IP: "truncated" });
  const { services, clock } = app;
  const { cookie } = await app.signIn("root", "admin");
  await createUser(services.accounts, { username: "ann", password: PASSWORD });
  await visit(app, 15);
  for (const password of ["wrong one", PASSWORD]) {
    await app.fetch("/login", {
      peer: IP,
      form: { username: "ann", password },
    });
  }
  await settle(app);
  await services.detect({ at: clock.now + 1 });
  await rollUp(services);
  assertEquals(await kindsHolding(services.kv, IP), []);
  const html = await see(app, `/admin/ip/${IP}`, cookie);
  assertStringIncludes(html, "those of 8.8.4.0/24");
  assertStringIncludes(html, "/page-14");
});
