/**
 * References in the documents must exist: links, tasks, variables, lifetimes.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PENDING_LOGIN_MS } from "../lib/accounts/pending_login.ts";
import { DEVICE_LIFETIME_MS } from "../lib/accounts/devices.ts";
import { SESSION_LIFETIMES } from "../lib/accounts/sessions.ts";
import { AUDIT_RETENTION_MS } from "../lib/store/audit.ts";
import { parseConfig } from "../lib/settings/config.ts";
import {
  describeSettings,
  envExample,
  optionsModule,
  settingsTable,
} from "../lib/settings/describe.ts";
import { optionName } from "../lib/settings/setting.ts";
import { SECRETS, SETTING_LIST } from "../lib/settings/table.ts";
import { FINDING_LIFETIME_MS } from "../lib/detection/finding.ts";
import { keys } from "../lib/store/keys.ts";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const DOCUMENTS = ["README.md"];
for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
  if (name.endsWith(".md")) DOCUMENTS.push(`docs/${name}`);
}

Deno.test("docs: every link to a file leads to one", async () => {
  for (const path of DOCUMENTS) {
    const links = (await read(path)).matchAll(/\]\(([^)\s]+)\)/g);
    for (const [, target = ""] of links) {
      if (/^(https?:|#)/.test(target)) continue;
      const file = new URL(target.split("#")[0]!, new URL(path, ROOT));
      const found = await Deno.stat(file).catch(() => null);
      assert(found, `${path}: ${target}`);
    }
  }
});

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

Deno.test("docs: every link to a heading leads to one", async () => {
  for (const path of DOCUMENTS) {
    const links = (await read(path)).matchAll(/\]\(([^)\s#]*)#([^)\s]+)\)/g);
    for (const [, target = "", anchor = ""] of links) {
      if (/^https?:/.test(target)) continue;
      const file = new URL(
        target || path.replace(/.*\//, ""),
        new URL(path, ROOT),
      );
      const headings = (await Deno.readTextFile(file)).matchAll(/^#+ (.+)$/gm);
      const anchors = [...headings].map(([, heading]) => anchorOf(heading!));
      assert(anchors.includes(anchor), `${path}: ${target}#${anchor}`);
    }
  }
});

Deno.test("docs: every task that is named is one", async () => {
  const { tasks } = JSON.parse(await read("deno.json"));
  for (const path of DOCUMENTS) {
    const named = (await read(path)).matchAll(/deno task ([a-z][\w-]*)/g);
    for (const [, name = ""] of named) {
      assert(Object.hasOwn(tasks, name), `${path}: deno task ${name}`);
    }
  }
});

Deno.test("docs: every variable that is named is a setting", async () => {
  const known = new Set<string>([
    ...SETTING_LIST.map(({ name }) => name),
    ...SECRETS.map((name) => `${name}_FILE`),
    ...OTHERS,
  ]);
  for (const path of DOCUMENTS) {
    const text = path === "docs/coming-from.md"
      // The first column lists the settings of others.
      ? (await read(path)).replace(/^\|[^|]*\|/gm, "")
      : await read(path);
    for (const [name] of text.matchAll(/\b[A-Z]+(_[A-Z]+)+\b(?==|`)/g)) {
      assert(known.has(name) || name.startsWith("OTEL_"), `${path}: ${name}`);
    }
  }
});

Deno.test("README's table of settings, .env.example and the options' types are what the table in code says", async () => {
  const change = "run deno task settings --write";
  assertStringIncludes(await read("README.md"), settingsTable(), change);
  assertEquals(await read(".env.example"), envExample(), change);
  assertEquals(await read("lib/settings/options.ts"), optionsModule(), change);
});

Deno.test("docs/embedding.md: has a row for each option of the guard", async () => {
  const embedding = await read("docs/embedding.md");
  const rows = embedding.split("\n").filter((line) => line.startsWith("|"));
  for (const { name } of describeSettings("guard")) {
    const option = `\`${optionName(name)}\``;
    const isThere = rows.some((row) => row.includes(option));
    assert(isThere, `docs/embedding.md says nothing of ${option}`);
  }
});

/** Variables that only Deno, Docker, the tests or the benchmarks read. */
const OTHERS = new Set([
  "CHAOS_SECONDS",
  "DENOKV_RECORDS",
  "DENO_DIR",
  "DENO_IMAGE",
  "DENORT_BIN",
  "REQUIRE_BROWSER",
]);

const PRIVACY = await read("docs/privacy.md");

/** A row of the first table, by its first words. */
function row(what: string): string {
  const line = PRIVACY.split("\n").find((line) =>
    line.startsWith(`| ${what}`) && line.split("|").length === 6
  );
  assert(line, `docs/privacy.md has no row "${what}"`);
  return line;
}

Deno.test("docs/privacy.md: things are kept for as long as it says", () => {
  const { logRetention, geoCacheTtl } = parseConfig({});
  const days = (ms: number) => `${ms / 86_400_000} days`;
  const hours = (ms: number) => `${ms / 3_600_000} hours`;
  const { browser, api } = SESSION_LIFETIMES;
  const said: [row: string, lifetime: string][] = [
    ["request log", days(logRetention)],
    ["findings", days(FINDING_LIFETIME_MS)],
    ["audit trail", days(AUDIT_RETENTION_MS)],
    ["known devices", days(DEVICE_LIFETIME_MS)],
    ["geolocation cache", hours(geoCacheTtl)],
    ["sessions", `browsers ${days(browser.absolute)}`],
    ["sessions", hours(browser.idle)],
    ["sessions", `tokens ${days(api.absolute)}`],
  ];
  for (const [what, lifetime] of said) {
    assertStringIncludes(row(what), lifetime);
  }
  assertEquals(PENDING_LOGIN_MS, 5 * 60_000);
  assertStringIncludes(PRIVACY, "for five minutes");
});

/** The place in docs/privacy.md for each kind of key; null: it is about nobody. */
const TOLD: Record<string, string | null> = {
  access: "blocklist, safelist",
  safe_host: "blocklist, safelist",
  access_change: "blocklist, safelist",
  access_snapshot: null,
  access_snapshot_chunk: "blocklist, safelist",
  access_stamp: null,
  access_version: null,
  account_key: null,
  address_name_key: null,
  admins: "accounts",
  alert: "alerts",
  alert_receiver: "alert receivers",
  alert_state: null,
  alert_state_of: null,
  alert_to: "alerts",
  alert_told: "alerts",
  audit: "audit trail",
  block_hits: "blocklist, safelist",
  device: "known devices",
  erasure: "erasures",
  feed: "feeds",
  feed_part: "feeds",
  // The other kind is an alert receiver, whose row says the same.
  removed: "feeds",
  finding: "findings",
  finding_by_time: "findings",
  incident: "incidents",
  crawler_ranges: null,
  crawler_verdict: "crawler verdicts",
  geo: "geolocation cache",
  hash_key: null,
  hour_total: "hourly totals",
  import_key: null,
  import_lines: null,
  import_runs: null,
  import_unjudged: null,
  job_run: null,
  challenge_solved: null,
  last_backup: null,
  lease: null,
  limit_snapshot: "limits",
  limit_told: "limits",
  login_log: "login log",
  migrating: null,
  note: "notes",
  offence: "offences",
  pending_login: "accounts",
  policy: "policy",
  policy_version: "policy",
  policy_temporary: "temporary rules",
  login_proposals: null,
  policy_hour: "policy",
  privacy_key: null,
  probe: null,
  provider_login: "accounts",
  receipt_key: null,
  recent_logins: "recent logins",
  request_log: "request log",
  restoring: null,
  rollup: "rollups",
  rollup_expiry: null,
  rollup_mark: null,
  rollup_stale_day: null,
  rule_settings: null,
  saved_filters: "accounts",
  first_steps: "accounts",
  schema_version: null,
  seal_key: null,
  session: "sessions, tokens",
  setup_token: null,
  spray: "limits",
  sweep: null,
  throttle: "limits",
  totp: "accounts",
  totp_setup: "accounts",
  user: "accounts",
  user_by_name: "accounts",
  user_by_subject: "accounts",
  user_device: "known devices",
  user_session: "sessions, tokens",
  watermark: null,
  whereabouts: "rollups",
};

Deno.test("docs/privacy.md: tells of everything that is stored about people", () => {
  for (const [name, make] of Object.entries(keys)) {
    const kind = String((make as (...parts: unknown[]) => Deno.KvKey)()[0]);
    assert(
      Object.hasOwn(TOLD, kind),
      `keys.${name}() is new: say in docs/privacy.md what "${kind}" holds of ` +
        "whom and for how long, and here in which row",
    );
  }
  for (const what of Object.values(TOLD)) {
    if (what !== null) row(what);
  }
});
