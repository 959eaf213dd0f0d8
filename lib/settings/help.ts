/**
 * The texts about each setting in documents and commands; separate from the table, so that code
 * that only reads settings, such as the guard in another app, does not load them.
 *
 * @module
 */
import type { SettingName } from "./table.ts";

/** The texts about a setting. */
export interface SettingHelp {
  /** One line; Markdown. */
  help: string;
  /** The text about the default, if it is not a plain value. */
  defaultHelp?: string;
}

/** See the module. */
export const HELP: Readonly<Record<SettingName, SettingHelp>> = {
  HOST: {
    help: "the address to listen on",
  },
  PORT: {
    help: "the port to listen on; `0`: any free one",
  },
  KV_PATH: {
    help: "the store: a file, `:memory:`, `:default:`, or a URL",
  },
  DENO_KV_ACCESS_TOKEN: {
    help: "access token of a store that is a URL",
  },
  ADMIN_USERNAME: {
    help: "creates this admin at start while no admin exists",
  },
  ADMIN_PASSWORD: {
    help: "the password of that admin",
  },
  PUBLIC_ORIGIN: {
    help:
      "the public origin, such as `https://example.org`, if a proxy ends TLS; several by commas, the first is used in links",
  },
  BASE_PATH: {
    help:
      "the prefix of all paths, such as `/portcullis`, if another site is at `/`",
  },
  ALLOWED_HOSTS: {
    help: "host names and `*.` patterns that are served; others get 421",
    defaultHelp: "any well-formed",
  },
  TRUSTED_PROXIES: {
    help:
      "addresses and ranges of your proxies; only their forwarding headers are read",
    defaultHelp: "none",
  },
  CLIENT_IP_HEADER: {
    help:
      "the forwarding header: this, `forwarded`, or one with a single address, such as `cf-connecting-ip`",
  },
  IPV6_PREFIX: {
    help:
      "the prefix length of IPv6 addresses that counts as one client in limits",
  },
  REMOTE_USER_HEADER: {
    help:
      "the field in which `TRUSTED_PROXIES` say who is signed in, such as `x-remote-user`; docs/sign-in.md",
  },
  REMOTE_ROLES_HEADER: {
    help:
      "the field in which they say that one's roles or groups; without it, admins are made in the console",
  },
  REMOTE_LOGOUT_URL: {
    help: "where they log somebody out, such as `/oauth2/sign_out`",
  },
  OIDC_ISSUER: {
    help: "people log in at this OpenID Connect provider; docs/sign-in.md",
  },
  OIDC_CLIENT_ID: {
    help: "the client's id there",
  },
  OIDC_CLIENT_SECRET: {
    help: "the client's secret there; a public client has none",
  },
  OIDC_SCOPES: {
    help: "what is asked for there, by spaces",
  },
  OIDC_NAME_CLAIM: {
    help: "the claim that a new account gets its name from",
  },
  OIDC_ROLES_CLAIM: {
    help:
      "the claim with the roles or groups, such as `groups` or `realm_access.roles`; without it, admins are made in the console",
  },
  OIDC_LABEL: {
    help: "what the login page calls the provider",
    defaultHelp: "its host",
  },
  ADMIN_ROLES: {
    help:
      "which of the roles in `REMOTE_ROLES_HEADER` or `OIDC_ROLES_CLAIM` make an admin",
  },
  LOGIN_RATE_ANONYMOUS: {
    help: "login attempts of one address: N/s, N/m, N/h, N/d",
  },
  LOGIN_RATE_AUTHENTICATED: {
    help: "login attempts of one signed-in user",
  },
  LOGIN_RATE_ACCOUNT: {
    help:
      "login attempts at one account, except from known devices; half of it for one address",
    defaultHelp: "`40/h`",
  },
  LOGIN_RATE_SPRAY: {
    help: "the number of accounts at which one address may fail to log in",
    defaultHelp: "`20/h`",
  },
  SIGNUP_RATE: {
    help: "accounts that one address may create",
  },
  GEO_RATE: {
    help: "requests of one address to `/api/geo`",
  },
  POLICY_FILE: {
    help: "a file with policy rules, read if it exists: docs/policy.md",
    defaultHelp: "`./portcullis.jsonc`",
  },
  ANSWER_TEMPLATES: {
    help:
      "a folder of responses to refused clients, such as `403.html`: docs/policy.md",
    defaultHelp: "built-in",
  },
  SUSPICIOUS_REQUEST_THRESHOLD: {
    help: "more requests than this in an hour are a finding",
  },
  SENSITIVE_PATHS: {
    help: "paths whose visits are reported; whole segments, case-insensitive",
  },
  LOGIN_PATHS: {
    help: "login paths of the apps behind the guard, as globs",
  },
  LOGIN_FAILURE: {
    help: "responses to a POST to `LOGIN_PATHS` that mean a failed login",
  },
  AUTO_BLOCK: {
    help: "automatic blocks by findings: `off`, `suggest`, `on`",
  },
  AUTO_BLOCK_RULES: {
    help: "rules whose findings block with `AUTO_BLOCK=on`",
    defaultHelp: "the critical ones",
  },
  LOG_RETENTION: {
    help: "how long requests stay in the log",
  },
  GEO_PROVIDER: {
    help: "the source of geolocation: `embedded`, `ipinfo`, `ipapi`, `off`",
  },
  IPINFO_TOKEN: {
    help: "IPinfo's token, which `GEO_PROVIDER=ipinfo` needs",
  },
  GEO_DATABASE: {
    help:
      "your own MMDB files, separated by commas: city, country, ASN, in place of the built-in ones",
  },
  GEO_CACHE_TTL: {
    help: "how long answers of an external provider are cached",
  },
  COUNTRY_BLOCK: {
    help:
      "ISO codes of blocked countries; unknown countries are allowed, the safelist has precedence",
  },
  COUNTRY_ALLOW: {
    help: "ISO codes of the only allowed countries",
  },
  PRIVACY_IP: {
    help:
      "how addresses are stored in the log: `full`, `truncated` (/24, /48), `hashed`",
  },
  ALERT_WEBHOOK_URL: {
    help: "webhook for new findings and blocks: docs/alerts.md",
  },
  ALERT_WEBHOOK_FORMAT: {
    help: "format of alerts: `auto` (by the host), `json`, `slack`, `discord`",
  },
  ALERT_WEBHOOK_SECRET: {
    help: "secret that JSON alerts are signed with",
  },
  METRICS_TOKEN: {
    help: "a bearer token for `/metrics` only, without expiry",
  },
  OUTBOUND_PRIVATE: {
    help: "`1`: webhooks and feeds may be in private networks",
  },
  LOG_FORMAT: {
    help:
      "format of log lines on standard error: `json`, `text`; see docs/monitoring.md",
  },
  BYPASS_BLOCKLIST: {
    help: "`1`: nothing is blocked, for recovery",
  },
  REQUEST_DEADLINE: {
    help:
      "bodies have to arrive at 500 B/s over each such time, or get 408; in proxy mode heads have to arrive within it",
  },
  MAX_CONNECTIONS_PER_CLIENT: {
    help:
      "proxy mode: open connections of one peer that is not a trusted proxy",
  },
  SHUTDOWN_DEADLINE: {
    help: "how long open requests may take after SIGTERM",
    defaultHelp: "`30s`, `4s` on Deploy",
  },
  WORKERS: {
    help:
      "number of processes that share port and store, `auto`: one per core; Linux: docs/deploy.md",
  },
  REQUIRE_2FA: {
    help: "who must set up a second factor: `off`, `admins`, `all`",
  },
  BREACH_CHECK: {
    help:
      "`on`: new passwords are checked against Have I Been Pwned; or the URL of another such list",
  },
  HSTS: {
    help: "`subdomains`: HSTS also for all subdomains",
  },
  SECRET_KEY: {
    help: "key (32 bytes, base64 or hex) that encrypts stored secrets",
    defaultHelp: "a file beside the store",
  },
  ALLOW_EPHEMERAL: {
    help: "`1`: on Deno Deploy, start with a store that is not persistent",
  },
  KV_FROM_ACCESS_TOKEN: {
    help: "token of the source store of `migrate-kv --from`, if different",
  },
};
