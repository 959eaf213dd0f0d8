import { HOUR, MINUTE } from "../../lib/base/duration.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { parseChange } from "../../lib/detection/rule_change.ts";
import {
  changeRuleSetting,
  configured,
  readRuleSettings,
  withSetting,
} from "../../lib/detection/rule_settings.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import { checkRule } from "../../lib/detection/rule.ts";

const rules = allRules({ threshold: 100, sensitivePaths: ["/login"] });
const rule = (name: string) => rules.find((rule) => rule.name === name)!;

Deno.test("rules: each has a name of its own, a sentence about it, and numbers that make sense", () => {
  const names = rules.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const each of rules) {
    checkRule(each);
    assertEquals((each.about ?? "").length > 30, true, each.name);
  }
});

Deno.test("rule settings: one rule's are changed and set back, the others' stay", async () => {
  using kv = await Deno.openKv(":memory:");
  assertEquals(await readRuleSettings(kv), {});
  await changeRuleSetting(kv, "bad_bot", { threshold: 5 });
  await changeRuleSetting(kv, "error_burst", { armed: false });
  await changeRuleSetting(kv, "bad_bot", { windowMs: 30 * MINUTE });
  assertEquals(await readRuleSettings(kv), {
    bad_bot: { threshold: 5, windowMs: 30 * MINUTE },
    error_burst: { armed: false },
  });
  await changeRuleSetting(kv, "bad_bot", {
    threshold: undefined,
    windowMs: undefined,
  });
  const settings = await readRuleSettings(kv);
  assertEquals(settings.bad_bot, {});
  const names = configured(rules, settings).map(({ name }) => name);
  assertEquals(names.includes("error_burst"), false);
  assertEquals(names.length, rules.length - 1);
});

Deno.test("rule settings: many changes at once all hold", async () => {
  using kv = await Deno.openKv(":memory:");
  await Promise.all(
    rules.map(({ name }, n) => changeRuleSetting(kv, name, { threshold: n })),
  );
  assertEquals(Object.keys(await readRuleSettings(kv)).length, rules.length);
});

Deno.test("rule settings: the steps of a sliding window follow its length", () => {
  const changed = withSetting(rule("error_burst"), { windowMs: 30 * MINUTE });
  assertEquals(
    [changed.windowMs, (changed as { everyMs?: number }).everyMs],
    [30 * MINUTE, 15 * MINUTE],
  );
  checkRule(changed);
  const short = withSetting(rule("error_burst"), { windowMs: MINUTE });
  assertEquals((short as { everyMs?: number }).everyMs, MINUTE);
  checkRule(short);
});

Deno.test("rule settings: numbers out of bounds are refused, stored ones passed over", () => {
  const bad: [string, Parameters<typeof withSetting>[1]][] = [
    ["bad_bot", { threshold: -1 }],
    ["bad_bot", { threshold: NaN }],
    ["bad_bot", { threshold: Infinity }],
    ["bad_bot", { threshold: 100_000 }],
    ["bad_bot", { windowMs: 0 }],
    ["bad_bot", { windowMs: 59_999 }],
    ["bad_bot", { windowMs: 3 * HOUR }],
    ["bad_bot", { windowMs: 90_000.5 }],
    ["password_spraying", { windowMs: 25 * HOUR }],
    ["anomaly_score", { windowMs: 2 * HOUR }],
    ["high_volume", { windowMs: 2 * HOUR }],
  ];
  for (const [name, setting] of bad) {
    assertThrows(
      () => withSetting(rule(name), setting),
      Refusal,
      `Cannot change ${name}`,
    );
    const [kept] = configured([rule(name)], { [name]: setting });
    assertEquals(kept, rule(name));
  }
  // Its variable has the default; if set to another number, the variable has precedence.
  assertEquals(withSetting(rule("high_volume"), { threshold: 5 }).threshold, 5);
  const fixed = { ...rule("high_volume"), isFixed: true };
  assertThrows(
    () => withSetting(fixed, { threshold: 5 }),
    Refusal,
    "Cannot change high_volume",
  );
  assertEquals(withSetting(fixed, { threshold: 5 }, true).threshold, 5);
  assertEquals(
    withSetting(rule("password_spraying"), { windowMs: 24 * HOUR }).windowMs,
    24 * HOUR,
  );
});

Deno.test("rule settings: changes are read as --set has them", () => {
  assertEquals(parseChange(""), {});
  assertEquals(parseChange("threshold=50"), { threshold: 50 });
  assertEquals(parseChange(" threshold = 2.5 , window = 10m "), {
    threshold: 2.5,
    windowMs: 10 * MINUTE,
  });
  for (
    const bad of [
      "threshold",
      "threshold=",
      "threshold=-1",
      "threshold=1e9",
      "threshold=0x10",
      "treshold=5",
      "window=10",
      "window=soon",
      "window=0m",
      "__proto__=1",
      "50",
    ]
  ) {
    assertThrows(() => parseChange(bad), Refusal, "Cannot set", bad);
  }
});
