import { assert, assertEquals } from "@std/assert";
import { createLoginThrottles } from "../../lib/accounts/limits.ts";
import { fixedRules } from "../../lib/policy/fixed_rules.ts";
import { ruleOfLimit } from "../../lib/policy/limit_rule.ts";
import { parseRate } from "../../lib/limits/rate.ts";

const RATE = parseRate("5/m");
/** Limits of codes, which no setting changes. */
const WITHOUT_RULE = ["login-code", "login-code-device"];

Deno.test("ruleOfLimit() names a fixed rule for every limit of logins, and other limits as they are", async () => {
  using kv = await Deno.openKv(":memory:");
  const names = fixedRules({
    ...{ loginRateAnonymous: RATE, loginRateAuthenticated: RATE },
    ...{ loginRateAccount: RATE, loginRateSpray: RATE },
    ...{ signupRate: RATE, geoRate: RATE },
  }).map(({ name }) => name);
  const throttles = createLoginThrottles({
    ...{ kv, now: () => 0 },
    rates: { loginRateSpray: RATE },
  });
  for (const throttle of Object.values(throttles)) {
    const { policy } = await throttle.take("203.0.113.9", RATE);
    const rule = ruleOfLimit(policy);
    assert(names.includes(rule) || WITHOUT_RULE.includes(rule), policy);
  }
  assertEquals(ruleOfLimit("mail"), "mail");
  assertEquals(ruleOfLimit("constructor"), "constructor");
});
