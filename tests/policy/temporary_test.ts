import { assertEquals, assertRejects } from "@std/assert";
import { Refusal } from "../../lib/base/refusal.ts";
import { HOUR } from "../../lib/base/duration.ts";
import {
  addTemporaryRule,
  challengeAddresses,
  liftChallenges,
  MACHINE_CHALLENGE,
  removeTemporaryRule,
  rulesOf,
  temporaryRules,
} from "../../lib/policy/temporary.ts";
import { PolicyError } from "../../lib/policy/rule_error.ts";
import { listAudit } from "../../lib/store/audit.ts";

const NOW = Date.UTC(2026, 2, 4, 10);
const rule = (name: string) => ({
  name,
  refuse: true,
  when: { asn: [64_500], path: "/login" },
});

Deno.test("A rule for a time holds until its end, and stands in the audit trail", async () => {
  using kv = await Deno.openKv(":memory:");
  const order = { until: NOW + HOUR, by: "ann", now: NOW };
  await addTemporaryRule(kv, { ...order, rule: rule("a") });
  await addTemporaryRule(kv, { ...order, rule: rule("b"), until: NOW + 1 });
  await addTemporaryRule(kv, { ...order, rule: rule("a") });
  const names = async (now: number) =>
    rulesOf(await temporaryRules(kv, now)).map(({ name }) => name);
  assertEquals(await names(NOW), ["b", "a"]);
  assertEquals(await names(NOW + 1), ["a"]);
  assertEquals(await names(NOW + HOUR), []);
  assertEquals(
    await removeTemporaryRule(kv, "a", { by: "ann", now: NOW }),
    true,
  );
  assertEquals(
    await removeTemporaryRule(kv, "a", { by: "ann", now: NOW }),
    false,
  );
  const { items } = await listAudit(kv, { limit: 10, now: NOW });
  assertEquals(items.map(({ what, target }) => `${what} ${target}`).sort(), [
    "add_temporary_rule a",
    "add_temporary_rule a",
    "add_temporary_rule b",
    "remove_temporary_rule a",
  ]);
});

Deno.test("A rule for a time that does not hold, or is one too many, is refused", async () => {
  using kv = await Deno.openKv(":memory:");
  const order = { until: NOW + HOUR, by: "ann", now: NOW };
  await assertRejects(
    () => addTemporaryRule(kv, { ...order, rule: { name: "x" } }),
    PolicyError,
  );
  for (let n = 0; n < 40; n++) {
    await addTemporaryRule(kv, { ...order, rule: rule(`r${n}`) });
  }
  await assertRejects(
    () => addTemporaryRule(kv, { ...order, rule: rule("one-more") }),
    Refusal,
    "fewer than 40",
  );
});

Deno.test("Addresses that are asked for a proof are one rule; lifting takes one out", async () => {
  using kv = await Deno.openKv(":memory:");
  const asked = (ip: string) => ({ ip, at: NOW, until: NOW + HOUR });
  await challengeAddresses(
    kv,
    [asked("203.0.113.9"), asked("2001:db8::1")],
    NOW,
  );
  await challengeAddresses(kv, [asked("203.0.113.9")], NOW);
  const held = await temporaryRules(kv, NOW);
  assertEquals(
    rulesOf(held).map(({ name, kind, when }) => [name, kind, when.ip?.length]),
    [[MACHINE_CHALLENGE, "challenge", 2]],
  );
  const lifted = await liftChallenges(
    kv,
    ({ ip }) => ip === "203.0.113.9",
    NOW,
  );
  assertEquals(lifted.map(({ ip }) => ip), ["203.0.113.9"]);
  assertEquals((await temporaryRules(kv, NOW)).challenged.length, 1);
  assertEquals((await temporaryRules(kv, NOW + HOUR)).challenged, []);
});

Deno.test("However many are asked, the store can hold them", async () => {
  using kv = await Deno.openKv(":memory:");
  const many = Array.from({ length: 900 }, (_, n) => ({
    ip: `2001:db8:${n}:ffff:ffff:ffff:ffff:ffff`,
    at: NOW,
    until: NOW + HOUR,
  }));
  await challengeAddresses(kv, many, NOW);
  const { challenged } = await temporaryRules(kv, NOW);
  assertEquals(challenged.length, 400);
  assertEquals(challenged.at(-1)?.ip, many.at(-1)?.ip);
});
