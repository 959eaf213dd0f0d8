/**
 * Every setting, in the order of the documents. The configuration, the options of the embedded
 * guard, README's table, `.env.example`, `--help` and the doctor are generated from this table or
 * tested against it: to add a setting, add it here, then run `deno task settings --write`.
 *
 * @module
 */
import { parseRate, type Rate } from "../limits/rate.ts";
import {
  BASE_PATH,
  BREACH_LIST,
  CLAIM,
  DEADLINE,
  FLAG,
  HTTP_URL,
  integer,
  integerOrAuto,
  ISSUER,
  KEY_BYTES,
  line,
  LISTEN_HOST,
  LOGIN_FAILURE,
  LOGOUT_URL,
  LONG_TOKEN,
  oneOf,
  paths,
  rate,
  ROLES,
  RULE_NAMES,
  SCOPES,
  STORE_PATH,
  text,
  WEBHOOK_SECRET,
} from "./parsers.ts";
import { GUARD_SETTINGS } from "./guard_table.ts";
import type { DefaultContext, Setting } from "./setting.ts";
import { MINUTE } from "../base/duration.ts";

/** All names are stored in one value. */
const MAX_SPRAY = 1_000;

/** The readers of settings, each list once. */
const BY_APP_PROXY = ["app", "proxy"] as const;
const BY_APP_PROXY_TASKS = ["app", "proxy", "tasks"] as const;
const BY_APP = ["app"] as const;
const BY_APP_TASKS = ["app", "tasks"] as const;
const BY_PROXY = ["proxy"] as const;
const BY_TASKS = ["tasks"] as const;

/** See the module. */
export const SETTINGS = {
  HOST: {
    parser: LISTEN_HOST,
    default: "127.0.0.1",
    usedBy: BY_APP_PROXY,
  },
  PORT: {
    parser: integer(0, 65_535),
    default: "8000",
    usedBy: BY_APP_PROXY,
  },
  KV_PATH: {
    parser: STORE_PATH,
    default: "./data/portcullis.db",
    usedBy: BY_APP_PROXY_TASKS,
  },
  DENO_KV_ACCESS_TOKEN: {
    parser: text("a token"),
    default: null,
    usedBy: BY_APP_PROXY_TASKS,
    isSecret: true,
  },
  ADMIN_USERNAME: {
    parser: text("a user name"),
    default: null,
    usedBy: BY_APP,
  },
  ADMIN_PASSWORD: {
    parser: text("a password"),
    default: null,
    usedBy: BY_APP,
    isSecret: true,
    isVerbatim: true,
  },
  PUBLIC_ORIGIN: GUARD_SETTINGS.PUBLIC_ORIGIN,
  BASE_PATH: {
    parser: BASE_PATH,
    default: "/",
    usedBy: BY_APP,
  },
  ALLOWED_HOSTS: GUARD_SETTINGS.ALLOWED_HOSTS,
  TRUSTED_PROXIES: GUARD_SETTINGS.TRUSTED_PROXIES,
  CLIENT_IP_HEADER: GUARD_SETTINGS.CLIENT_IP_HEADER,
  IPV6_PREFIX: GUARD_SETTINGS.IPV6_PREFIX,
  REMOTE_USER_HEADER: GUARD_SETTINGS.REMOTE_USER_HEADER,
  REMOTE_ROLES_HEADER: GUARD_SETTINGS.REMOTE_ROLES_HEADER,
  REMOTE_LOGOUT_URL: {
    parser: LOGOUT_URL,
    default: null,
    usedBy: BY_APP,
  },
  OIDC_ISSUER: {
    parser: ISSUER,
    default: null,
    usedBy: BY_APP,
  },
  OIDC_CLIENT_ID: {
    parser: line("the id of a client"),
    default: null,
    usedBy: BY_APP,
  },
  OIDC_CLIENT_SECRET: {
    parser: line("the secret of a client"),
    default: null,
    usedBy: BY_APP,
    isSecret: true,
  },
  OIDC_SCOPES: {
    parser: SCOPES,
    default: "openid profile",
    usedBy: BY_APP,
  },
  OIDC_NAME_CLAIM: {
    parser: CLAIM,
    default: "preferred_username",
    usedBy: BY_APP,
  },
  OIDC_ROLES_CLAIM: {
    parser: CLAIM,
    default: null,
    usedBy: BY_APP,
  },
  OIDC_LABEL: {
    parser: line("a name of at most 64 characters", 64),
    default: null,
    usedBy: BY_APP,
  },
  ADMIN_ROLES: {
    parser: ROLES,
    default: "portcullis-admin",
    usedBy: BY_APP,
  },
  LOGIN_RATE_ANONYMOUS: {
    parser: rate(),
    default: "5/m",
    usedBy: BY_APP,
  },
  LOGIN_RATE_AUTHENTICATED: {
    parser: rate(),
    default: "10/m",
    usedBy: BY_APP,
  },
  /**
   * NIST SP 800-63B-4, 3.2.2, requires that guessing stops before 100 failures in a row, OWASP
   * requires a lock that expires by itself: an attacked account accepts unknown devices again
   * within the hour.
   */
  LOGIN_RATE_ACCOUNT: {
    parser: rate(),
    default: (context) =>
      `${Math.min(2 * accountsAnHour(context), 999_999_999)}/h`,
    usedBy: BY_APP,
  },
  LOGIN_RATE_SPRAY: {
    parser: rate(
      `a rate of at most ${MAX_SPRAY} accounts such as 20/h`,
      MAX_SPRAY,
    ),
    default: (context) => `${Math.min(accountsAnHour(context), MAX_SPRAY)}/h`,
    usedBy: BY_APP,
  },
  SIGNUP_RATE: {
    parser: rate(),
    default: "5/h",
    usedBy: BY_APP,
  },
  GEO_RATE: {
    parser: rate(),
    default: "30/m",
    usedBy: BY_APP,
  },
  POLICY_FILE: GUARD_SETTINGS.POLICY_FILE,
  ANSWER_TEMPLATES: GUARD_SETTINGS.ANSWER_TEMPLATES,
  SUSPICIOUS_REQUEST_THRESHOLD: {
    parser: integer(1, 1_000_000_000),
    default: "100",
    usedBy: BY_APP_TASKS,
  },
  SENSITIVE_PATHS: {
    parser: paths("paths that begin with /, separated by commas"),
    default: "/admin,/login,/api/auth",
    usedBy: BY_APP_TASKS,
  },
  LOGIN_PATHS: {
    parser: paths("paths or globs that begin with /, separated by commas"),
    default: "/login,/api/login,/api/auth",
    usedBy: BY_APP_TASKS,
  },
  LOGIN_FAILURE: {
    parser: LOGIN_FAILURE,
    default: "401,403,422,429,200-no-cookie",
    usedBy: BY_APP_TASKS,
  },
  AUTO_BLOCK: {
    parser: oneOf("off", "suggest", "on"),
    default: "off",
    usedBy: BY_APP_TASKS,
  },
  AUTO_BLOCK_RULES: {
    parser: RULE_NAMES,
    default: null,
    usedBy: BY_APP_TASKS,
  },
  LOG_RETENTION: GUARD_SETTINGS.LOG_RETENTION,
  GEO_PROVIDER: GUARD_SETTINGS.GEO_PROVIDER,
  IPINFO_TOKEN: GUARD_SETTINGS.IPINFO_TOKEN,
  GEO_DATABASE: GUARD_SETTINGS.GEO_DATABASE,
  GEO_CACHE_TTL: GUARD_SETTINGS.GEO_CACHE_TTL,
  COUNTRY_BLOCK: GUARD_SETTINGS.COUNTRY_BLOCK,
  COUNTRY_ALLOW: GUARD_SETTINGS.COUNTRY_ALLOW,
  PRIVACY_IP: GUARD_SETTINGS.PRIVACY_IP,
  ALERT_WEBHOOK_URL: {
    parser: HTTP_URL,
    default: null,
    usedBy: BY_APP_TASKS,
    isSecret: true,
  },
  ALERT_WEBHOOK_FORMAT: {
    parser: oneOf("auto", "json", "slack", "discord"),
    default: "auto",
    usedBy: BY_APP_TASKS,
  },
  ALERT_WEBHOOK_SECRET: {
    parser: WEBHOOK_SECRET,
    default: null,
    usedBy: BY_APP_TASKS,
    isSecret: true,
  },
  METRICS_TOKEN: {
    parser: LONG_TOKEN,
    default: null,
    usedBy: BY_APP,
    isSecret: true,
  },
  /**
   * Off, as anybody who can enter a URL could otherwise reach services that only this machine can
   * reach.
   */
  OUTBOUND_PRIVATE: {
    parser: FLAG,
    default: "0",
    usedBy: BY_APP_TASKS,
  },
  LOG_FORMAT: {
    parser: oneOf("json", "text"),
    default: "json",
    usedBy: BY_APP_PROXY,
  },
  BYPASS_BLOCKLIST: GUARD_SETTINGS.BYPASS_BLOCKLIST,
  REQUEST_DEADLINE: GUARD_SETTINGS.REQUEST_DEADLINE,
  MAX_CONNECTIONS_PER_CLIENT: {
    parser: integer(1, 1_000_000),
    default: "256",
    usedBy: BY_PROXY,
  },
  /**
   * Deno Deploy kills the process 5 s after the signal; records in memory matter more than a slow
   * response.
   */
  SHUTDOWN_DEADLINE: {
    parser: DEADLINE,
    default: ({ onDeploy }) => onDeploy ? "4s" : "30s",
    usedBy: BY_APP_PROXY,
  },
  WORKERS: {
    parser: integerOrAuto(1, 256),
    default: "1",
    usedBy: BY_APP_PROXY,
  },
  REQUIRE_2FA: {
    parser: oneOf("off", "admins", "all"),
    default: "off",
    usedBy: BY_APP,
  },
  BREACH_CHECK: {
    parser: BREACH_LIST,
    default: "off",
    usedBy: BY_APP_TASKS,
  },
  HSTS: {
    parser: oneOf("host", "subdomains"),
    default: "host",
    usedBy: BY_APP,
  },
  SECRET_KEY: {
    parser: KEY_BYTES,
    default: null,
    usedBy: BY_APP_TASKS,
    isSecret: true,
  },
  ALLOW_EPHEMERAL: {
    parser: FLAG,
    default: "0",
    usedBy: BY_APP,
  },
  KV_FROM_ACCESS_TOKEN: {
    parser: text("a token"),
    default: null,
    usedBy: BY_TASKS,
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

/** The limits of accounts must not undercut a higher rate for one address. */
function accountsAnHour({ textOf }: DefaultContext): number {
  const anonymous = textOf("LOGIN_RATE_ANONYMOUS");
  return Math.max(20, 4 * (anonymous ? perMinute(parseRate(anonymous)) : 0));
}

/** The number of attempts a rate allows within a minute, or within its window if that is longer. */
function perMinute({ limit, windowMs }: Rate): number {
  return limit * Math.max(1, Math.floor(MINUTE / windowMs));
}
