import { assert, assertEquals } from "@std/assert";
import { readAlertState } from "../../lib/alerts/alert_state.ts";
import { openAlerts } from "../../lib/alerts/alerts.ts";
import { countWaiting } from "../../lib/alerts/outbox.ts";
import { audited } from "../../lib/lists/access_audit.ts";
import { allowIp, blockIp, unblockIp } from "../../lib/lists/access_store.ts";
import { blockMany } from "../../lib/lists/access_import.ts";
import { findingAt, testReceiver, webhookConfig } from "./_receiver.ts";

const T0 = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Alerts on an in-memory store with a test clock. */
async function bench(url: string, env: Record<string, string> = {}) {
  const kv = await Deno.openKv(":memory:");
  const clock = { now: T0 };
  const lines: string[] = [];
  const open = () =>
    openAlerts({
      kv,
      now: () => clock.now,
      config: webhookConfig(url, env),
      pollMs: null,
      log: (_, event, fields) => lines.push(`${event} ${fields?.message}`),
    });
  const alerts = open();
  await alerts.round();
  return {
    kv,
    clock,
    lines,
    open,
    alerts,
    find: async (...findings: ReturnType<typeof findingAt>[]) => {
      await alerts.findings(findings, findings);
      return await alerts.round();
    },
    async [Symbol.asyncDispose]() {
      await alerts.close();
      kv.close();
    },
  };
}

Deno.test("alerts: a new finding is told once, one of info never", async () => {
  await using server = testReceiver();
  await using b = await bench(server.url, {
    PUBLIC_ORIGIN: "https://example.org",
  });
  await b.find(
    findingAt(T0, 1),
    findingAt(T0, 2, { severity: "info" }),
    findingAt(T0, 3, { severity: "critical", rule: "injection_probe" }),
  );
  assertEquals(server.texts(), [
    "critical: injection_probe of 203.0.113.3: 101 requests",
    "warning: high_volume of 203.0.113.1: 101 requests",
  ]);
  const [first] = server.got;
  assertEquals(first!.json.type, "finding");
  assertEquals(first!.json.finding.id, "finding-3");
  assertEquals(first!.json.url, "https://example.org/admin/ip/203.0.113.3");
  assertEquals(first!.headers.get("webhook-id"), first!.json.id);
  assertEquals(await countWaiting(b.kv, 10), 0);
});

Deno.test("alerts: without a webhook nothing is stored", async () => {
  using kv = await Deno.openKv(":memory:");
  const alerts = openAlerts({
    kv,
    now: () => T0,
    config: webhookConfig(""),
  });
  await alerts.findings([findingAt(T0, 1)], [findingAt(T0, 1)]);
  await alerts.send({ type: "test", by: "ann" });
  assertEquals(await alerts.round(), { posted: 0, error: null });
  assertEquals(await alerts.test("ann"), null);
  assertEquals((await Array.fromAsync(kv.list({ prefix: [] }))).length, 0);
  await alerts.close();
});

Deno.test("alerts: what goes on is told again when it gets worse, was resolved, or was quiet for six hours", async () => {
  await using server = testReceiver();
  await using b = await bench(server.url);
  const seen = async (
    minutes: number,
    fields: Parameters<typeof findingAt>[2] = {},
    isNew = false,
  ) => {
    b.clock.now = T0 + minutes * MINUTE;
    const before = server.got.length;
    const findings = [findingAt(b.clock.now, 1, { flagged_at: T0, ...fields })];
    await b.alerts.findings(findings, isNew ? findings : []);
    await b.alerts.round();
    return server.got.length - before;
  };
  assertEquals(await seen(0, {}, true), 1);
  // While it continues it is one, however long.
  for (let minutes = 1; minutes < 20 * 60; minutes += 61) {
    assertEquals(await seen(minutes), 0, `after ${minutes} minutes`);
  }
  assertEquals(await seen(1_300, { severity: "critical" }), 1);
  assertEquals(await seen(1_301, { severity: "critical" }), 0);
  assertEquals(await seen(1_302), 0);
  const again = {
    resolved_at: T0 + 1_310 * MINUTE,
    flagged_at: T0 + 1_320 * MINUTE,
  };
  assertEquals(await seen(1_320, again, true), 1);
  assertEquals(await seen(1_321, again), 0);
  assertEquals(await seen(1_321 + 6 * 60 + 1, again), 1);
});

Deno.test("alerts: a run over an old hour tells of what is new in it only", async () => {
  await using server = testReceiver();
  await using b = await bench(server.url);
  const old = [1, 2].map((n) => findingAt(T0 - 50 * HOUR, n));
  await b.alerts.findings(old, [old[1]!]);
  await b.alerts.round();
  assertEquals(server.got.map(({ json }) => json.finding.id), ["finding-2"]);
});

Deno.test("alerts: a flood of findings becomes one message, and is told in time", async () => {
  await using server = testReceiver();
  await using b = await bench(server.url);
  const flood = Array.from(
    { length: 1_000 },
    (_, n) =>
      findingAt(T0, n, { rule: n % 3 ? "high_volume" : "path_scanning" }),
  );
  flood[700]!.severity = "critical";
  await b.find(...flood);
  assertEquals(server.got.length, 1);
  const { json } = server.got[0]!;
  assertEquals([json.type, json.alerts, json.findings], ["summary", 51, 1_000]);
  assertEquals(json.by_severity, { critical: 1, warning: 999 });
  assertEquals(json.events[0].finding.id, "finding-700");
  assert(json.text.includes("1000 findings"), json.text);
  assertEquals(await countWaiting(b.kv, 10), 0);
  // All of them are sent: another run in the same minute sends nothing.
  await b.find(...flood);
  assertEquals(server.got.length, 1);
});

Deno.test("alerts: an attack that goes on for hours is at most a message each five minutes", async () => {
  await using server = testReceiver();
  await using b = await bench(server.url);
  let told = 0;
  for (let minute = 0; minute < 120; minute++) {
    b.clock.now = T0 + minute * MINUTE;
    await b.find(
      ...[0, 1, 2].map((n) => findingAt(b.clock.now, minute * 3 + n)),
    );
  }
  b.clock.now += 5 * MINUTE;
  await b.alerts.round();
  for (const { json } of server.got) {
    told += json.type === "summary" ? json.findings : 1;
  }
  assertEquals(told, 360);
  assert(server.got.length <= 30 + 120 / 5 + 30, `${server.got.length} posts`);
});

Deno.test("alerts: several processes tell each finding once", async () => {
  await using server = testReceiver();
  await using b = await bench(server.url);
  const others = [b.open(), b.open(), b.open()];
  const findings = Array.from({ length: 8 }, (_, n) => findingAt(T0, n));
  await Promise.all(
    [b.alerts, ...others].map(async (alerts) => {
      await alerts.findings(findings, findings);
      await alerts.round();
    }),
  );
  await b.alerts.round();
  assertEquals(
    server.got.map(({ json }) => json.finding.id).sort(),
    findings.map(({ id }) => id).sort(),
  );
  for (const alerts of others) await alerts.close();
});

Deno.test("alerts: what was not told when the process died is told by the next one", async () => {
  await using server = testReceiver(500, 204);
  await using b = await bench(server.url);
  const { error } = await b.find(findingAt(T0, 1));
  assert(error?.includes("answered 500"), String(error));
  await b.alerts.close();
  const next = b.open();
  await next.round();
  assertEquals(server.got.length, 1, "not before its time");
  b.clock.now += 7_000;
  await next.round();
  assertEquals(server.got.length, 2);
  assertEquals(server.got[0]!.json.id, server.got[1]!.json.id);
  await next.close();
});

Deno.test("alerts: failures are tried again later and later, and said once; then all is told", async () => {
  await using server = testReceiver(500, 500, 500, 500, 500, 500, 204);
  await using b = await bench(server.url);
  await b.find(findingAt(T0, 1));
  const waits: number[] = [];
  while (server.got.length < 7) {
    const { next_try_at } = (await readAlertState(b.kv))!;
    waits.push(next_try_at - b.clock.now);
    b.clock.now = next_try_at;
    await b.alerts.round();
  }
  const usual = [5_000, 15_000, 60_000, 300_000, 900_000, 900_000];
  for (const [index, wait] of waits.entries()) {
    const ratio = wait / usual[index]!;
    assert(ratio >= 0.79 && ratio <= 1.21, `wait ${index}: ${wait} ms`);
  }
  const host = new URL(server.url).host;
  assertEquals(b.lines, [
    `sys_alert_fail ${host} answered 500`,
    `sys_alert_resumed 127.0.0.1 accepts alerts again`,
  ]);
  const state = (await readAlertState(b.kv))!;
  assertEquals([state.failures, state.failing_since, state.delivered], [
    0,
    null,
    1,
  ]);
});

Deno.test("alerts: Retry-After is honoured, within an hour", async () => {
  for (
    const [field, min, max] of [
      ["120", 120_000, 120_000],
      [new Date(T0 + 600_000).toUTCString(), 600_000, 600_000],
      ["999999", HOUR, HOUR],
      ["-5", 4_000, 6_000],
      ["soon", 4_000, 6_000],
      ["0", 4_000, 6_000],
    ] as const
  ) {
    await using server = testReceiver(
      new Response(null, { status: 429, headers: { "retry-after": field } }),
    );
    await using b = await bench(server.url);
    await b.find(findingAt(T0, 1));
    const wait = (await readAlertState(b.kv))!.next_try_at - T0;
    assert(wait >= min && wait <= max, `${field}: ${wait}`);
  }
});

Deno.test("alerts: one that is refused as such is given up after three tries, and the others are told", async () => {
  const refusal = () => 400;
  await using server = testReceiver(refusal(), refusal(), refusal(), 204);
  await using b = await bench(server.url);
  await b.find(findingAt(T0, 1), findingAt(T0, 2));
  for (let n = 0; n < 3; n++) {
    b.clock.now += 20 * MINUTE;
    await b.alerts.round();
  }
  const ids = server.got.map(({ json }) => json.finding.id);
  assertEquals(ids.slice(0, 3), [ids[0], ids[0], ids[0]]);
  assertEquals(new Set(ids.slice(3)).size, 1);
  assert(ids[3] !== ids[0]);
  const { dropped, delivered } = (await readAlertState(b.kv))!;
  assertEquals([dropped, delivered], [1, 1]);
});

Deno.test("alerts: a receiver that is down for days holds no more than 501 alerts, none older than a day", async () => {
  await using server = testReceiver(503);
  await using b = await bench(server.url);
  for (let n = 0; n < 40; n++) {
    b.clock.now += 20 * MINUTE;
    await b.find(
      ...Array.from(
        { length: 20 },
        (_, k) => findingAt(b.clock.now, n * 20 + k),
      ),
    );
  }
  const most = await countWaiting(b.kv, 1_000);
  assert(most >= 400 && most <= 510, `${most} wait`);
  b.clock.now += 25 * HOUR;
  await b.alerts.round();
  assertEquals(await countWaiting(b.kv, 10), 0);
  assert((await readAlertState(b.kv))!.dropped >= 400);
});

Deno.test("alerts: blocks and unblocks are told, by whom and why, whoever did them", async () => {
  await using server = testReceiver();
  await using b = await bench(server.url);
  const now = () => b.clock.now;
  const action = { who: "ann", from: null, ip: "203.0.113.9" };
  await blockIp(b.kv, now, {
    ip: "203.0.113.9",
    reason: "scans",
    created_by: "ann",
    expires_at: T0 + HOUR,
    also: audited("block", action, now),
  });
  await blockIp(b.kv, now, {
    ip: "2001:db8:7::/48",
    created_by: "auto:path_scanning",
  });
  await b.alerts.round();
  assertEquals(server.texts(), [
    "203.0.113.9 was blocked by ann until 2026-01-05T13:00:00.000Z: scans\n" +
    "2001:db8:7::/48 was blocked by auto:path_scanning until it is removed",
  ]);
  assertEquals(server.got[0]!.json.counts, { blocked: 2 });
  b.clock.now += MINUTE;
  await unblockIp(
    b.kv,
    now,
    "203.0.113.9",
    audited("unblock", { ...action, who: "bob", why: "was a mistake" }, now),
  );
  await b.alerts.round();
  assertEquals(
    server.texts()[1],
    "203.0.113.9 was unblocked by bob: was a mistake",
  );
  b.clock.now += MINUTE;
  await allowIp(b.kv, now, { ip: "2001:db8::/32", created_by: "ann" });
  await b.alerts.round();
  assertEquals(server.got[2]!.json.counts, { safelisted: 1, unblocked: 1 });
  // Blocked again for longer, it is the same block.
  await blockIp(b.kv, now, { ip: "203.0.113.77", created_by: "ann" });
  await b.alerts.round();
  b.clock.now += 10 * MINUTE;
  await blockIp(b.kv, now, { ip: "203.0.113.77", created_by: "ann" });
  await b.alerts.round();
  assertEquals(server.got.length, 4);
});

Deno.test("alerts: an import is summarised, and what was blocked before the webhook was is not told", async () => {
  await using server = testReceiver();
  using kv = await Deno.openKv(":memory:");
  const now = () => T0;
  await blockIp(kv, now, { ip: "203.0.113.1", created_by: "ann" });
  const alerts = openAlerts({
    ...{ kv, now, pollMs: null },
    config: webhookConfig(server.url),
  });
  await alerts.round();
  assertEquals(server.got.length, 0);
  const orders = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      ip: `198.18.${n >> 8}.${n & 255}`,
      created_by: "ann",
    }));
  await blockMany(kv, now, orders(30));
  await alerts.round();
  assertEquals(server.got[0]!.json.counts, { blocked: 30 });
  assertEquals(server.got[0]!.json.items.length, 20);
  assert(server.texts()[0]!.endsWith("and 10 more changes of the lists"));
  await blockMany(kv, now, orders(1_000));
  await alerts.round();
  assertEquals(server.got[1]!.json.imported, true);
  assertEquals(
    server.texts()[1],
    "Many blocks have changed at once, by a list that was imported.",
  );
  await blockMany(
    kv,
    now,
    orders(35).map((order) => ({ ...order, created_by: "feed:drop" })),
  );
  await alerts.round();
  assertEquals(server.texts()[2], "feed:drop blocked 35");
  assertEquals(server.got[2]!.json.by_list, { "feed:drop": 35 });
  await alerts.close();
});

Deno.test("alerts: a process that ends does not wait for a receiver that does not answer", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const conns: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const conn of listener) conns.push(conn);
  })();
  const { port } = listener.addr as Deno.NetAddr;
  await using b = await bench(`http://127.0.0.1:${port}/`);
  const findings = [findingAt(T0, 1)];
  await b.alerts.findings(findings, findings);
  const started = performance.now();
  const round = b.alerts.round();
  await b.alerts.close();
  await round;
  assert(performance.now() - started < 2_500);
  // It is not a failure of the receiver, and the next process sends it.
  assertEquals((await readAlertState(b.kv))!.failures, 0);
  assertEquals(await countWaiting(b.kv, 10), 1);
  for (const conn of conns) conn.close();
  listener.close();
  await accepting;
});
