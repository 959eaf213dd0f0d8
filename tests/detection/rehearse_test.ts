import { HOUR } from "../../lib/base/duration.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { listFindings } from "../../lib/detection/findings.ts";
import { rehearse } from "../../lib/detection/rehearse.ts";
import { changeRuleSetting } from "../../lib/detection/rule_settings.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { allowIp } from "../../lib/lists/access_store.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { store } from "../log/_records.ts";
import { HOUR_START, record, THE_HOUR } from "./records.ts";

const NOW = THE_HOUR.to;

async function stored(kv: Deno.Kv, records: RequestRecord[]) {
  const now = () => NOW;
  await store(kv, now, records);
  return { kv, now, config: parseConfig({}) };
}

/** Words that differ by more than a number. */
const word = (n: number): string =>
  (n >= 26 ? word(Math.floor(n / 26) - 1) : "") +
  String.fromCharCode(97 + n % 26);
const burst = (ip: string, count: number, hour: number, username?: string) =>
  Array.from({ length: count }, (_, n) =>
    record({
      timestamp: HOUR_START + hour * HOUR + n * 1_000,
      ip_address: ip,
      username: n === 0 ? username ?? null : null,
      // One probe among them; without any it would not be critical.
      path: n === 0 && count >= 100 ? "/.env" : `/${word(n)}`,
      status: 404,
    }));

Deno.test("rehearsal: who would have been flagged and blocked, signed in or not, and nothing is recorded", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = await stored(kv, [
    ...burst("203.0.113.1", 100, 0),
    ...burst("203.0.113.1", 30, -1),
    ...burst("203.0.113.2", 50, 0, "ann"),
    ...burst("203.0.113.3", 100, -1),
    ...burst("203.0.113.4", 20, 0),
  ]);
  await allowIp(kv, setup.now, { ip: "203.0.113.3", created_by: "root" });
  const result = await rehearse(setup, {
    rule: "path_scanning",
    from: NOW - 2 * HOUR,
    to: NOW,
  });
  assertEquals([result.examined, result.is_complete], [300, true]);
  assertEquals(
    result.flagged.map((item) => [
      item.ip_address,
      item.severity,
      item.count,
      item.hours,
      item.signed_in,
      item.would_block,
    ]),
    [
      ["203.0.113.1", "critical", 100, 2, false, true],
      ["203.0.113.2", "info", 50, 1, true, false],
    ],
  );
  const { items } = await listFindings(kv, { limit: 9, now: NOW });
  assertEquals(items, []);
});

Deno.test("rehearsal: with other numbers, and whether the rule is armed or not", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = await stored(kv, [
    ...burst("203.0.113.1", 60, 0),
    ...burst("203.0.113.2", 30, 0),
  ]);
  await changeRuleSetting(kv, "path_scanning", { armed: false, threshold: 40 });
  const flagged = async (threshold?: number) =>
    (await rehearse(setup, {
      rule: "path_scanning",
      change: { threshold },
      from: HOUR_START,
      to: NOW,
    })).flagged.map(({ ip_address }) => ip_address);
  assertEquals(await flagged(), ["203.0.113.1"]);
  assertEquals(await flagged(10), ["203.0.113.1", "203.0.113.2"]);
  assertEquals(await flagged(60), []);
  const volume = await rehearse(setup, {
    rule: "high_volume",
    change: { threshold: 50 },
    from: HOUR_START,
    to: NOW,
  });
  assertEquals(volume.flagged.length, 1);
});

Deno.test("rehearsal: a rule over findings is tried with the others' findings", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = await stored(
    kv,
    [1, 2, 3].flatMap((n) => burst(`203.0.113.${n}`, 101, 0)),
  );
  const { flagged } = await rehearse(setup, {
    rule: "distributed_prefix",
    from: HOUR_START,
    to: NOW,
  });
  assertEquals(
    flagged.map(({ ip_address, would_block }) => [
      ip_address,
      would_block,
    ]),
    [["203.0.113.0/24", false]],
  );
});

Deno.test("rehearsal: where patience ends, the latest hours have been judged", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = await stored(kv, burst("203.0.113.1", 101, 0));
  const result = await rehearse(setup, {
    rule: "high_volume",
    from: NOW - 24 * HOUR,
    to: NOW,
    patienceMs: -1,
  });
  assertEquals(
    [result.is_complete, result.from, result.examined],
    [false, NOW, 0],
  );
});

Deno.test("rehearsal: unknown rules, numbers and times are refused", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = await stored(kv, []);
  const period = { from: HOUR_START, to: NOW };
  await assertRejects(
    () => rehearse(setup, { rule: "x", ...period }),
    Refusal,
    'Cannot rehearse "x": expected one of high_volume',
  );
  await assertRejects(
    () =>
      rehearse(setup, {
        rule: "bad_bot",
        change: { threshold: -1 },
        ...period,
      }),
    Refusal,
    "expected a threshold",
  );
  await assertRejects(
    () => rehearse(setup, { rule: "bad_bot", from: NOW, to: HOUR_START }),
    Refusal,
    "expected from <= to",
  );
});
