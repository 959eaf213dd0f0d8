/**
 * Every setting, in the order that documents list them in. The configuration, the options of the
 * embedded guard, README's table, `.env.example`, `--help` and the doctor are made of this table or
 * held to it: to add a setting, add it here, then run `deno task settings --write`.
 *
 * @module
 */
import { parseRate, type Rate } from "../limits/rate.ts";
import {
  BASE_PATH,
  BREACH_LIST,
  COUNTRIES,
  DEADLINE,
  duration,
  FILES,
  FLAG,
  HEADER_NAME,
  HOSTS,
  HTTP_URL,
  integer,
  integerOrAuto,
  KEY_BYTES,
  LISTEN_HOST,
  LOGIN_FAILURE,
  LONG_TOKEN,
  oneOf,
  ORIGINS,
  paths,
  RANGES,
  rate,
  RULE_NAMES,
  STORE_PATH,
  text,
  WEBHOOK_SECRET,
} from "./parsers.ts";
import type { DefaultContext, Setting } from "./setting.ts";

/** The names are kept in one value of the store. */
const MAX_SPRAY = 1_000;

/** See the module. */
export const SETTINGS = {
  HOST: {
    parser: LISTEN_HOST,
    default: "127.0.0.1",
    usedBy: ["app", "proxy"],
    help: "the address that is listened on",
  },
  PORT: {
    parser: integer(0, 65_535),
    default: "8000",
    usedBy: ["app", "proxy"],
    help: "the port that is listened on; `0`: any that is free",
  },
  KV_PATH: {
    parser: STORE_PATH,
    default: "./data/portcullis.db",
    usedBy: ["app", "proxy", "tasks"],
    help: "the store: a file, `:memory:`, `:default:`, or a URL",
  },
  DENO_KV_ACCESS_TOKEN: {
    parser: text("a token"),
    default: null,
    usedBy: ["app", "proxy", "tasks"],
    help: "token of a store that is a URL",
    isSecret: true,
  },
  ADMIN_USERNAME: {
    parser: text("a user name"),
    default: null,
    usedBy: ["app"],
    help: "creates that admin at start while there is none",
  },
  ADMIN_PASSWORD: {
    parser: text("a password"),
    default: null,
    usedBy: ["app"],
    help: "the password of that admin",
    isSecret: true,
    isVerbatim: true,
  },
  PUBLIC_ORIGIN: {
    parser: ORIGINS,
    default: null,
    usedBy: ["app", "guard", "proxy"],
    help:
      "where pages are reached, such as `https://example.org`, where a proxy ends TLS; by commas, the first is the one in links",
  },
  BASE_PATH: {
    parser: BASE_PATH,
    default: "/",
    usedBy: ["app"],
    help:
      "what the paths begin with, such as `/portcullis`, where another site is at `/`",
  },
  ALLOWED_HOSTS: {
    parser: HOSTS,
    default: null,
    defaultHelp: "any well-formed",
    usedBy: ["app", "guard", "proxy"],
    help: "names and `*.` patterns that requests may be for; others get 421",
  },
  TRUSTED_PROXIES: {
    parser: RANGES,
    default: null,
    defaultHelp: "none",
    usedBy: ["app", "guard", "proxy"],
    help:
      "addresses and ranges of your proxies; only they are believed about the client's address",
  },
  CLIENT_IP_HEADER: {
    parser: HEADER_NAME,
    default: "x-forwarded-for",
    usedBy: ["app", "guard", "proxy"],
    help:
      "the one header they are believed in: this, `forwarded`, or one with one address, such as `cf-connecting-ip`",
  },
  IPV6_PREFIX: {
    parser: integer(16, 128),
    default: "64",
    usedBy: ["app", "guard", "proxy"],
    help: "how much of an IPv6 address counts as one client in limits",
  },
  LOGIN_RATE_ANONYMOUS: {
    parser: rate(),
    default: "5/m",
    usedBy: ["app"],
    help: "attempts to sign in by one address: N/s, N/m, N/h, N/d",
  },
  LOGIN_RATE_AUTHENTICATED: {
    parser: rate(),
    default: "10/m",
    usedBy: ["app"],
    help: "the same by one user who is signed in",
  },
  /**
   * NIST SP 800-63B-4, 3.2.2, wants guessing stopped before 100 failures in a row, OWASP wants a lock
   * that ends by itself: an account that is attacked opens to strangers again within the hour.
   */
  LOGIN_RATE_ACCOUNT: {
    parser: rate(),
    default: (context) =>
      `${Math.min(2 * accountsAnHour(context), 999_999_999)}/h`,
    defaultHelp: "`40/h`",
    usedBy: ["app"],
    help:
      "attempts at one account, from everywhere but known devices; one address gets half",
  },
  LOGIN_RATE_SPRAY: {
    parser: rate(
      `a rate of at most ${MAX_SPRAY} accounts such as 20/h`,
      MAX_SPRAY,
    ),
    default: (context) => `${Math.min(accountsAnHour(context), MAX_SPRAY)}/h`,
    defaultHelp: "`20/h`",
    usedBy: ["app"],
    help: "at how many accounts one address may fail",
  },
  SIGNUP_RATE: {
    parser: rate(),
    default: "5/h",
    usedBy: ["app"],
    help: "accounts that one address may create",
  },
  GEO_RATE: {
    parser: rate(),
    default: "30/m",
    usedBy: ["app"],
    help: "requests for `/api/geo` by one address",
  },
  POLICY_FILE: {
    parser: text("the name of a file"),
    default: null,
    defaultHelp: "`./portcullis.jsonc`",
    usedBy: ["app", "guard", "proxy", "tasks"],
    help: "a file of rules, read where it exists: docs/policy.md",
  },
  ANSWER_TEMPLATES: {
    parser: text("the name of a folder"),
    default: null,
    defaultHelp: "our own",
    usedBy: ["app", "guard", "proxy"],
    help:
      "a folder of answers for whom a rule keeps out, such as `403.html`: docs/policy.md",
  },
  SUSPICIOUS_REQUEST_THRESHOLD: {
    parser: integer(1, 1_000_000_000),
    default: "100",
    usedBy: ["app", "tasks"],
    help: "more than this many requests in an hour are a finding",
  },
  SENSITIVE_PATHS: {
    parser: paths("paths that begin with /, separated by commas"),
    default: "/admin,/login,/api/auth",
    usedBy: ["app", "tasks"],
    help: "paths whose requests are looked at; whole segments, in any spelling",
  },
  LOGIN_PATHS: {
    parser: paths("paths or globs that begin with /, separated by commas"),
    default: "/login,/api/login,/api/auth",
    usedBy: ["app", "tasks"],
    help: "where apps behind the guard take passwords; a glob each",
  },
  LOGIN_FAILURE: {
    parser: LOGIN_FAILURE,
    default: "401,403,422,429,200-no-cookie",
    usedBy: ["app", "tasks"],
    help: "answers to a POST to `LOGIN_PATHS` that mean a wrong password",
  },
  AUTO_BLOCK: {
    parser: oneOf("off", "suggest", "on"),
    default: "off",
    usedBy: ["app", "tasks"],
    help: "whether findings block: `off`, `suggest`, `on`",
  },
  AUTO_BLOCK_RULES: {
    parser: RULE_NAMES,
    default: null,
    defaultHelp: "the critical ones",
    usedBy: ["app", "tasks"],
    help: "rules whose findings block by themselves with `AUTO_BLOCK=on`",
  },
  LOG_RETENTION: {
    parser: duration(),
    default: "30d",
    usedBy: ["app", "guard", "proxy", "tasks"],
    help: "how long requests stay in the log",
  },
  GEO_PROVIDER: {
    parser: oneOf("embedded", "ipinfo", "ipapi", "off"),
    default: "embedded",
    usedBy: ["app", "guard", "proxy", "tasks"],
    help: "where places come from: `embedded`, `ipinfo`, `ipapi`, `off`",
  },
  IPINFO_TOKEN: {
    parser: text("a token"),
    default: null,
    usedBy: ["app", "guard", "proxy", "tasks"],
    help: "IPinfo's token, which `GEO_PROVIDER=ipinfo` needs",
    isSecret: true,
  },
  GEO_DATABASE: {
    parser: FILES,
    default: null,
    usedBy: ["app", "guard", "proxy", "tasks"],
    help:
      "your own MMDB files, by commas: city, country, ASN, instead of the built-in",
  },
  GEO_CACHE_TTL: {
    parser: duration(),
    default: "24h",
    usedBy: ["app", "guard", "proxy", "tasks"],
    help: "how long an external answer is kept",
  },
  COUNTRY_BLOCK: {
    parser: COUNTRIES,
    default: null,
    usedBy: ["app", "guard", "proxy"],
    help:
      "ISO codes of countries that are kept out; an unknown country is let in, the safelist wins",
  },
  COUNTRY_ALLOW: {
    parser: COUNTRIES,
    default: null,
    usedBy: ["app", "guard", "proxy"],
    help: "ISO codes of the only countries that are let in",
  },
  PRIVACY_IP: {
    parser: oneOf("full", "truncated", "hashed"),
    default: "full",
    usedBy: ["app", "guard", "proxy", "tasks"],
    help:
      "how addresses are stored in the log: `full`, `truncated` (/24, /48), `hashed`",
  },
  ALERT_WEBHOOK_URL: {
    parser: HTTP_URL,
    default: null,
    usedBy: ["app", "tasks"],
    help: "where new findings, and what is blocked, are posted: docs/alerts.md",
    isSecret: true,
  },
  ALERT_WEBHOOK_FORMAT: {
    parser: oneOf("auto", "json", "slack", "discord"),
    default: "auto",
    usedBy: ["app", "tasks"],
    help: "how alerts look: `auto` (by the host), `json`, `slack`, `discord`",
  },
  ALERT_WEBHOOK_SECRET: {
    parser: WEBHOOK_SECRET,
    default: null,
    usedBy: ["app", "tasks"],
    help: "what alerts in JSON are signed with",
    isSecret: true,
  },
  METRICS_TOKEN: {
    parser: LONG_TOKEN,
    default: null,
    usedBy: ["app"],
    help:
      "a bearer token that may read `/metrics` and nothing else, and does not end",
    isSecret: true,
  },
  /** Off, as whoever can enter a URL could otherwise ask what only this machine can reach. */
  OUTBOUND_PRIVATE: {
    parser: FLAG,
    default: "0",
    usedBy: ["app", "tasks"],
    help: "`1`: webhooks and feeds may lie in private networks",
  },
  LOG_FORMAT: {
    parser: oneOf("json", "text"),
    default: "json",
    usedBy: ["app", "proxy"],
    help: "lines on standard error: `json`, `text`; see docs/monitoring.md",
  },
  BYPASS_BLOCKLIST: {
    parser: FLAG,
    default: "0",
    usedBy: ["app", "guard", "proxy"],
    help: "`1`: nothing is blocked, for recovery",
  },
  REQUEST_DEADLINE: {
    parser: DEADLINE,
    default: "30s",
    usedBy: ["app", "guard", "proxy"],
    help:
      "a body comes at 500 B/s over each such time, or gets 408; in proxy mode, so do heads",
  },
  MAX_CONNECTIONS_PER_CLIENT: {
    parser: integer(1, 1_000_000),
    default: "256",
    usedBy: ["proxy"],
    help: "connections that one peer, not a trusted proxy, may hold",
  },
  /** Deno Deploy kills 5 s after the signal; what is in memory is worth more than a slow answer. */
  SHUTDOWN_DEADLINE: {
    parser: DEADLINE,
    default: ({ onDeploy }) => onDeploy ? "4s" : "30s",
    defaultHelp: "`30s`, `4s` on Deploy",
    usedBy: ["app", "proxy"],
    help: "how long what is open may take to end after SIGTERM",
  },
  WORKERS: {
    parser: integerOrAuto(1, 256),
    default: "1",
    usedBy: ["app", "proxy"],
    help:
      "how many processes share port and store, `auto` for one a core; Linux: docs/deploy.md",
  },
  REQUIRE_2FA: {
    parser: oneOf("off", "admins", "all"),
    default: "off",
    usedBy: ["app"],
    help:
      "who must have a second factor before anything else: `off`, `admins`, `all`",
  },
  BREACH_CHECK: {
    parser: BREACH_LIST,
    default: "off",
    usedBy: ["app", "tasks"],
    help:
      "`on`: new passwords are looked for in Have I Been Pwned's list; or the URL of another",
  },
  HSTS: {
    parser: oneOf("host", "subdomains"),
    default: "host",
    usedBy: ["app"],
    help: "`subdomains`: browsers keep to https for all names below the site's",
  },
  SECRET_KEY: {
    parser: KEY_BYTES,
    default: null,
    defaultHelp: "a file beside the store",
    usedBy: ["app", "tasks"],
    help: "32 bytes, base64 or hex, that stored secrets are encrypted with",
    isSecret: true,
  },
  ALLOW_EPHEMERAL: {
    parser: FLAG,
    default: "0",
    usedBy: ["app"],
    help: "`1`: on Deno Deploy, start on a store that is forgotten",
  },
  KV_FROM_ACCESS_TOKEN: {
    parser: text("a token"),
    default: null,
    usedBy: ["tasks"],
    help: "token of the source store of `migrate-kv --from`, if different",
    isSecret: true,
  },
  // deno-lint-ignore no-explicit-any
} as const satisfies Record<string, Setting<any>>;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** {@linkcode SETTINGS} as a list. */
export const SETTING_LIST: readonly (Setting & { name: SettingName })[] = Object
  .entries(SETTINGS as Record<string, Setting>)
  .map(([name, setting]) => ({ ...setting, name: name as SettingName }));

/** Settings that may be given as `<NAME>_FILE`, the name of a file that holds them. */
export const SECRETS: readonly SettingName[] = SETTING_LIST
  .filter(({ isSecret }) => isSecret).map(({ name }) => name);

/** Whoever lets one address try more does not want that cut short by the limits of accounts. */
function accountsAnHour({ textOf }: DefaultContext): number {
  const anonymous = textOf("LOGIN_RATE_ANONYMOUS");
  return Math.max(20, 4 * (anonymous ? perMinute(parseRate(anonymous)) : 0));
}

/** What a rate lets pass within a minute, or within its window where that is longer. */
function perMinute({ limit, windowMs }: Rate): number {
  return limit * Math.max(1, Math.floor(60_000 / windowMs));
}
