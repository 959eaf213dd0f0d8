import { formatRate, type Rate } from "../limits/rate.ts";
import { readRules } from "./read_rules.ts";
import type { Rule } from "./rule.ts";
import { sentenceOf } from "./sentence.ts";

/** A rule set by an environment variable. */
export interface FixedRule {
  name: string;
  limit: string;
  when: { path: string[]; method?: string; user?: string };
  by: string;
  exact: true;
  /** The variable. */
  variable: string;
}

/** The limits of environment variables. */
export interface FixedRates {
  loginRateAnonymous: Rate;
  loginRateAuthenticated: Rate;
  loginRateAccount: Rate;
  loginRateSpray: Rate;
  signupRate: Rate;
  geoRate: Rate;
}

/** The limits of environment variables, as rules: they apply in addition to the policy. */
export function fixedRules(rates: FixedRates): FixedRule[] {
  const login = { path: ["/login", "/api/login"], method: "POST" };
  const rule = (
    name: string,
    variable: string,
    rate: Rate,
    when: FixedRule["when"],
    by = "ip",
  ): FixedRule => ({
    name,
    limit: formatRate(rate),
    when,
    by,
    exact: true,
    variable,
  });
  return [
    rule("login-anonymous", "LOGIN_RATE_ANONYMOUS", rates.loginRateAnonymous, {
      ...login,
      user: "anonymous",
    }),
    rule(
      "login-authenticated",
      "LOGIN_RATE_AUTHENTICATED",
      rates.loginRateAuthenticated,
      { ...login, user: "signed-in" },
    ),
    rule(
      "login-account",
      "LOGIN_RATE_ACCOUNT",
      rates.loginRateAccount,
      login,
      "user",
    ),
    rule("login-spray", "LOGIN_RATE_SPRAY", rates.loginRateSpray, login),
    rule("signup", "SIGNUP_RATE", rates.signupRate, {
      path: ["/signup", "/api/signup"],
      method: "POST",
    }),
    rule("geo", "GEO_RATE", rates.geoRate, { path: ["/api/geo"] }),
  ];
}

/** Details of a rule that its conditions do not express. */
const MORE: Record<string, string | undefined> = {
  "login-account":
    "Counted from everywhere except known devices; half of it for one address.",
  "login-spray": "Counted are accounts, not attempts.",
};

/** A description of a rule. */
export function fixedSentence(rule: Rule): string {
  const more = MORE[rule.name];
  return sentenceOf(rule) + (more === undefined ? "" : ` ${more}`);
}

/** The same as parsed rules, in their order. */
export function fixedAsRules(fixed: readonly FixedRule[]): readonly Rule[] {
  return readRules(fixed.map(({ variable: _, ...rule }) => rule)).rules;
}
