import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError, parseConfig } from "../../lib/settings/config.ts";
import { formatRate } from "../../lib/limits/rate.ts";

function rates(env: Record<string, string>) {
  const { loginRateAccount, loginRateSpray } = parseConfig(env);
  return [formatRate(loginRateAccount), formatRate(loginRateSpray)];
}

Deno.test("limits of accounts and of spraying are strict, and do not cut LOGIN_RATE_ANONYMOUS short", () => {
  const table: [env: Record<string, string>, account: string, spray: string][] =
    [
      [{}, "40/h", "20/h"],
      [{ LOGIN_RATE_ANONYMOUS: "1/m" }, "40/h", "20/h"],
      [{ LOGIN_RATE_ANONYMOUS: "50/m" }, "400/h", "200/h"],
      [{ LOGIN_RATE_ANONYMOUS: "5/s" }, "2400/h", "1000/h"],
      [{ LOGIN_RATE_ANONYMOUS: "50/h" }, "400/h", "200/h"],
      [{ LOGIN_RATE_ANONYMOUS: "5/d" }, "40/h", "20/h"],
      [{ LOGIN_RATE_ANONYMOUS: "999999999/s" }, "999999999/h", "1000/h"],
      [{ LOGIN_RATE_ACCOUNT: "100/d" }, "100/d", "20/h"],
      [{ LOGIN_RATE_SPRAY: "1000/d" }, "40/h", "1000/d"],
    ];
  for (const [env, account, spray] of table) {
    assertEquals(rates(env), [account, spray], JSON.stringify(env));
  }
});

Deno.test("LOGIN_RATE_ACCOUNT and LOGIN_RATE_SPRAY are parsed strictly", () => {
  for (const name of ["LOGIN_RATE_ACCOUNT", "LOGIN_RATE_SPRAY"]) {
    for (const value of ["0/h", "-1/h", "5", "5/w", "5 / h", "1e3/h", "x"]) {
      const error = assertThrows(
        () => parseConfig({ [name]: value }),
        ConfigError,
      );
      assert(
        error.message.startsWith(`${name} is "${value}": expected a rate`),
      );
    }
  }
  assertThrows(
    () => parseConfig({ LOGIN_RATE_SPRAY: "1001/h" }),
    ConfigError,
    "at most 1000 accounts",
  );
});
