import { HELP } from "../../lib/settings/help.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError, parseConfig } from "../../lib/settings/config.ts";
import { settingsHelp } from "../../lib/settings/describe.ts";
import { optionName } from "../../lib/settings/setting.ts";
import { GUARD_SETTINGS } from "../../lib/settings/guard_table.ts";
import { SECRETS, SETTING_LIST } from "../../lib/settings/table.ts";

Deno.test("settings: each has one line of help that stands by itself", () => {
  for (const { name, usedBy } of SETTING_LIST) {
    const { help } = HELP[name];
    assert(/^[^\s].{7,140}[^\s.]$/.test(help), `${name}: ${help}`);
    assert(!help.includes("|"), name);
    assert(usedBy.length > 0, name);
  }
});

Deno.test("settings: without any variable each has a value, at most null", () => {
  const config = parseConfig({}) as unknown as Record<string, unknown>;
  const combined = new Set(["ADMIN_USERNAME", "ADMIN_PASSWORD"]);
  for (const { name } of SETTING_LIST) {
    if (combined.has(name)) continue;
    assert(config[optionName(name)] !== undefined, name);
  }
  assertEquals(config.admin, null);
  assertEquals(config.given, []);
});

Deno.test("settings: what every one of them expects is said with its name and value", () => {
  // Some accept any text.
  const anyText = new Set([
    ...[
      "ADMIN_USERNAME",
      "ADMIN_PASSWORD",
      "POLICY_FILE",
      "ANSWER_TEMPLATES",
      "GEO_DATABASE",
    ],
    ...SECRETS.filter((name) => name.endsWith("TOKEN")),
  ]);
  for (const { name, parser, isSecret } of SETTING_LIST) {
    if (anyText.has(name)) continue;
    const error = assertThrows(
      () => parseConfig({ [name]: "\0 no" }),
      ConfigError,
    );
    const shown = isSecret ? "(not shown)" : '"\\u0000 no"';
    assertEquals(
      error.message,
      `${name} is ${shown}: expected ${parser.expected}`,
    );
  }
});

Deno.test("settings: the guard's table has those that the guard uses, and no others", () => {
  assertEquals(
    Object.keys(GUARD_SETTINGS),
    SETTING_LIST.filter(({ usedBy }) => usedBy.includes("guard"))
      .map(({ name }) => name),
  );
});

Deno.test("settings: an option wins over its variable, and may be a value", () => {
  const env = { PORT: "1", LOG_RETENTION: "1d", TRUSTED_PROXIES: "10.0.0.1" };
  const config = parseConfig(env, {
    port: 2,
    logRetention: "2d",
    trustedProxies: ["192.0.2.0/24"],
    bypassBlocklist: true,
    sensitivePaths: ["/a", "/b"],
    signupRate: { limit: 7, windowMs: 1_000 },
    geoRate: null,
  });
  assertEquals(config.port, 2);
  assertEquals(config.logRetention, 2 * 86_400_000);
  assertEquals(config.trustedProxies.map(({ prefix }) => prefix), [24]);
  assertEquals(config.bypassBlocklist, true);
  assertEquals(config.sensitivePaths, ["/a", "/b"]);
  assertEquals(config.signupRate, { limit: 7, windowMs: 1_000 });
  assertEquals(config.geoRate, { limit: 30, windowMs: 60_000 });
  assertThrows(
    () => parseConfig(env, { port: 65_536 }),
    ConfigError,
    "port is 65536: expected a whole number",
  );
});

Deno.test("settings: parsed values are options again, with the same meaning", () => {
  const config = parseConfig({
    TRUSTED_PROXIES: "10.0.0.0/8,::1",
    LOG_RETENTION: "12h",
    COUNTRY_BLOCK: "de",
    ALLOWED_HOSTS: "example.org,*.example.net",
    SECRET_KEY: "00".repeat(32),
  });
  const again = parseConfig({}, {
    ...config,
    loginFailure: undefined,
    publicOrigin: config.publicOrigins,
  });
  assertEquals({ ...again, given: [] }, { ...config, given: [] });
});

Deno.test("settings: what was given is told, secrets not", () => {
  const { given } = parseConfig({
    PORT: "80",
    IPINFO_TOKEN: "hush",
    HOST: " ",
    UNRELATED: "1",
  });
  assertEquals(given, [
    { name: "PORT", shown: '"80"' },
    { name: "IPINFO_TOKEN", shown: "(not shown)" },
  ]);
});

Deno.test("settings: whatever names a password, a token, a key or a webhook is a secret", () => {
  const named = SETTING_LIST.filter(({ name }) =>
    /PASSWORD|TOKEN|SECRET|KEY|WEBHOOK_URL/.test(name)
  ).map(({ name }) => name);
  assertEquals([...SECRETS].sort(), named.sort());
});

Deno.test("settings: a command's help has those that it reads, and no others", () => {
  const help = settingsHelp("proxy");
  assert(help.includes("MAX_CONNECTIONS_PER_CLIENT"));
  assert(!help.includes("REQUIRE_2FA"));
});
