import { withFaults } from "../_fake_kv.ts";
import { assert, assertEquals } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { eraseAccountTraces } from "../../lib/erasure/account_traces.ts";
import { eraseAddressTraces } from "../../lib/erasure/address_traces.ts";
import { eraseAccount } from "../../lib/erasure/erase_account.ts";
import {
  finishErasures,
  listErasures,
  orderErasure,
} from "../../lib/erasure/erasure.ts";
import { accountData, addressData } from "../../lib/erasure/export_data.ts";
import { jsonObject } from "../../lib/erasure/json_stream.ts";
import { traceStore } from "../../lib/erasure/trace_store.ts";
import { countRequests } from "../../lib/log/request_query.ts";
import { breakableKv } from "../_breakable_kv.ts";
import { kindsHolding } from "../_scan.ts";
import { log } from "../routes/_console.ts";
import { begin, finish, flush, IP, order, PASSWORD } from "./_traces.ts";

const ALL_TIME = { from: 0, to: Number.MAX_SAFE_INTEGER - 120_000 };

Deno.test("erase: of an address nothing is left in any entry, and everything counts as before", async () => {
  const { app } = await begin();
  await using _ = app;
  const { kv, now } = app.services;
  const before = await countRequests(kv, ALL_TIME, now);
  assert((await kindsHolding(kv, IP)).length >= 8);

  const dry = await eraseAddressTraces(
    { ...traceStore(app.services), dryRun: true },
    { kind: "address", ip: IP, unblock: true },
  );
  assert((await kindsHolding(kv, IP)).length >= 8);
  const erased = await orderErasure(traceStore(app.services), order(app));
  const { isDone, ...counts } = erased;
  assertEquals(counts, dry);
  assert(!isDone && erased.kind === "address");
  assertEquals([erased.requests, erased.logins, erased.left], [17, 2, 0]);
  assert(erased.findings > 0 && erased.account_rows === 3);
  await finish(app);
  assertEquals(await kindsHolding(kv, IP), []);
  assertEquals(await listErasures(kv), []);
  assertEquals(await countRequests(kv, ALL_TIME, now), before);
  const { items } = await listAudit(kv, { limit: 99, now: now() });
  assertEquals(items.filter(({ what }) => what === "erase").length, 1);
});

Deno.test("erase: a block stays, and is said to, unless it is lifted as well", async () => {
  const { app, admin } = await begin();
  await using _ = app;
  const { kv } = app.services;
  const block = () =>
    app.fetch("/api/blocked", { token: admin.token, json: { ip: IP } });
  await block();
  const kept = await orderErasure(traceStore(app.services), order(app));
  assert(kept.kind === "address" && kept.blocked !== null);
  await finish(app);
  assertEquals(await kindsHolding(kv, IP), [
    "access",
    "access_change",
    "audit",
  ]);
  assertEquals((await app.fetch("/", { peer: IP })).status, 403);

  const lifted = await orderErasure(traceStore(app.services), order(app, true));
  assert(lifted.kind === "address" && lifted.blocked === null);
  assertEquals((await app.fetch("/", { peer: IP })).status, 200);
  await flush(app);
  await finish(app);
  // For a day, other processes can read the changes of the lists.
  assertEquals(await kindsHolding(kv, IP), ["access_change"]);
});

Deno.test("erase: requests of the last two minutes follow by themselves", async () => {
  const { app } = await begin();
  await using _ = app;
  const { kv } = app.services;
  await log(app, { ip_address: IP, ago: 1_000 });
  const first = await orderErasure(traceStore(app.services), order(app));
  assertEquals([first.left, first.isDone], [1, false]);
  assertEquals((await kindsHolding(kv, IP)).includes("request_log"), true);
  assertEquals(await finishErasures(traceStore(app.services)), 0);
  await finish(app);
  assertEquals(await kindsHolding(kv, IP), []);
});

Deno.test("erase: cut short at any write, the next run finishes", async () => {
  for (const writes of [1, 6]) {
    const breakable = breakableKv(await Deno.openKv(":memory:"));
    const { kv } = breakable;
    const { app } = await begin({}, kv);
    try {
      let left = writes;
      const dying = withFaults(kv, {
        atomic() {
          if (left-- <= 0) throw new Error("killed");
          return kv.atomic();
        },
      });
      const store = { ...traceStore(app.services), kv: dying };
      let died = "";
      try {
        await orderErasure(store, order(app));
      } catch (error) {
        died = (error as Error).message;
      }
      assertEquals(died, "killed");
      assertEquals((await listErasures(kv)).length, 1);
      await finish(app);
      assertEquals(await kindsHolding(kv, IP), [], `after ${writes} writes`);
    } finally {
      await app[Symbol.asyncDispose]();
      kv.close();
    }
  }
});

Deno.test("erase: an account goes, its name too; the audit trail names a pseudonym", async () => {
  const { app, admin, cookie } = await begin();
  await using _ = app;
  const { services } = app;
  const { kv, accounts } = services;
  const ann = (await findUserByName(accounts, "ann"))!;
  await app.fetch("/admin/users", {
    cookie: admin.cookie,
    form: { action: "disable", id: ann.id },
  });
  await app.fetch("/admin/users", {
    cookie: admin.cookie,
    form: { action: "enable", id: ann.id },
  });
  const store = { ...accounts, ...traceStore(services) };
  const dry = await eraseAccountTraces({ ...store, dryRun: true }, {
    ...{ kind: "account", user_id: ann.id, username: "ann" },
    ...{ pseudonym: "x", until: app.clock.now },
  });
  const erased = await eraseAccount(store, ann, { by: "root", from: null });
  assertEquals(
    [erased.requests, erased.logins, erased.pseudonyms],
    [dry.requests, dry.logins, dry.pseudonyms],
  );
  assert(erased.requests >= 15 && erased.pseudonyms === 2);
  assertEquals((await app.fetch("/profile", { cookie })).status, 303);

  // A later user of the name is another person.
  app.clock.now += 1_000;
  await createUser(accounts, { username: "ann", password: PASSWORD });
  await log(app, { username: "ann", ago: 0 });
  await finish(app);
  const kinds = await kindsHolding(kv, ann.id);
  assertEquals(kinds, []);
  const { items } = await listAudit(kv, { limit: 99, now: services.now() });
  const named = items.filter(({ target }) => target === erased.pseudonym);
  assertEquals(named.map(({ what }) => what).sort(), [
    "erase_account",
    "user_disable",
    "user_enable",
  ]);
  const names = await countRequests(kv, ALL_TIME, services.now, {
    username: (name) => name === "ann",
  });
  assertEquals(names, 1);
});

Deno.test("export: of an address and an account all that there is, as JSON in pieces", async () => {
  const { app } = await begin();
  await using _ = app;
  const store = traceStore(app.services);
  const text = async (members: Record<string, unknown>) =>
    JSON.parse((await Array.fromAsync(jsonObject(members))).join(""));
  const address = await text(await addressData(store, IP));
  assertEquals(address.requests.length, 17);
  assertEquals(address.logins.length, 2);
  assert(address.findings.length > 0);
  assertEquals(address.note.text, `${IP} again`);
  const ann = (await findUserByName(app.services.accounts, "ann"))!;
  const account = await text(await accountData(store, ann));
  assertEquals(account.account.username, "ann");
  assertEquals([account.sessions.length, account.devices.length], [1, 1]);
  assertEquals([account.logins.length, account.requests.length], [2, 15]);
  const all = JSON.stringify(account);
  for (const secret of [ann.password_hash, "$argon2", "session_epoch"]) {
    assert(!all.includes(secret), secret);
  }
  const nobody = await text(await addressData(store, "192.0.2.1"));
  assertEquals(nobody.requests, []);
});

Deno.test("erase and export: hashed records are the address's for as long as their key is held; truncated ones are nobody's", async () => {
  for (const mode of ["hashed", "truncated"]) {
    const { app } = await begin({ PRIVACY_IP: mode });
    await using _ = app;
    const store = traceStore(app.services);
    const requests = (await addressData(store, IP)).requests;
    const found = await Array.fromAsync(requests as AsyncIterable<unknown>);
    assertEquals(found.length, mode === "hashed" ? 17 : 0);
    const erased = await orderErasure(store, order(app));
    assertEquals(erased.requests, mode === "hashed" ? 17 : 0);
    await finish(app);
    assertEquals(await kindsHolding(app.services.kv, IP), []);
  }
});
