/**
 * What documents and commands say of each setting; apart from the table, so that who only reads
 * settings, as the guard in another app does, does not carry it along.
 *
 * @module
 */
import type { SettingName } from "./table.ts";

/** What is said of a setting. */
export interface SettingHelp {
  /** One line; Markdown. */
  help: string;
  /** What is said of the default, where it is no plain text. */
  defaultHelp?: string;
}

/** See the module. */
export const HELP: Readonly<Record<SettingName, SettingHelp>> = {
  HOST: {
    help: "the address that is listened on",
  },
  PORT: {
    help: "the port that is listened on; `0`: any that is free",
  },
  KV_PATH: {
    help: "the store: a file, `:memory:`, `:default:`, or a URL",
  },
  DENO_KV_ACCESS_TOKEN: {
    help: "token of a store that is a URL",
  },
  ADMIN_USERNAME: {
    help: "creates that admin at start while there is none",
  },
  ADMIN_PASSWORD: {
    help: "the password of that admin",
  },
  PUBLIC_ORIGIN: {
    help:
      "where pages are reached, such as `https://example.org`, where a proxy ends TLS; by commas, the first is the one in links",
  },
  BASE_PATH: {
    help:
      "what the paths begin with, such as `/portcullis`, where another site is at `/`",
  },
  ALLOWED_HOSTS: {
    help: "names and `*.` patterns that requests may be for; others get 421",
    defaultHelp: "any well-formed",
  },
  TRUSTED_PROXIES: {
    help:
      "addresses and ranges of your proxies; only they are believed about the client's address",
    defaultHelp: "none",
  },
  CLIENT_IP_HEADER: {
    help:
      "the one header they are believed in: this, `forwarded`, or one with one address, such as `cf-connecting-ip`",
  },
  IPV6_PREFIX: {
    help: "how much of an IPv6 address counts as one client in limits",
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
    help: "attempts to sign in by one address: N/s, N/m, N/h, N/d",
  },
  LOGIN_RATE_AUTHENTICATED: {
    help: "the same by one user who is signed in",
  },
  LOGIN_RATE_ACCOUNT: {
    help:
      "attempts at one account, from everywhere but known devices; one address gets half",
    defaultHelp: "`40/h`",
  },
  LOGIN_RATE_SPRAY: {
    help: "at how many accounts one address may fail",
    defaultHelp: "`20/h`",
  },
  SIGNUP_RATE: {
    help: "accounts that one address may create",
  },
  GEO_RATE: {
    help: "requests for `/api/geo` by one address",
  },
  POLICY_FILE: {
    help: "a file of rules, read where it exists: docs/policy.md",
    defaultHelp: "`./portcullis.jsonc`",
  },
  ANSWER_TEMPLATES: {
    help:
      "a folder of answers for whom a rule keeps out, such as `403.html`: docs/policy.md",
    defaultHelp: "our own",
  },
  SUSPICIOUS_REQUEST_THRESHOLD: {
    help: "more than this many requests in an hour are a finding",
  },
  SENSITIVE_PATHS: {
    help: "paths whose requests are looked at; whole segments, in any spelling",
  },
  LOGIN_PATHS: {
    help: "where apps behind the guard take passwords; a glob each",
  },
  LOGIN_FAILURE: {
    help: "answers to a POST to `LOGIN_PATHS` that mean a wrong password",
  },
  AUTO_BLOCK: {
    help: "whether findings block: `off`, `suggest`, `on`",
  },
  AUTO_BLOCK_RULES: {
    help: "rules whose findings block by themselves with `AUTO_BLOCK=on`",
    defaultHelp: "the critical ones",
  },
  LOG_RETENTION: {
    help: "how long requests stay in the log",
  },
  GEO_PROVIDER: {
    help: "where places come from: `embedded`, `ipinfo`, `ipapi`, `off`",
  },
  IPINFO_TOKEN: {
    help: "IPinfo's token, which `GEO_PROVIDER=ipinfo` needs",
  },
  GEO_DATABASE: {
    help:
      "your own MMDB files, by commas: city, country, ASN, instead of the built-in",
  },
  GEO_CACHE_TTL: {
    help: "how long an external answer is kept",
  },
  COUNTRY_BLOCK: {
    help:
      "ISO codes of countries that are kept out; an unknown country is let in, the safelist wins",
  },
  COUNTRY_ALLOW: {
    help: "ISO codes of the only countries that are let in",
  },
  PRIVACY_IP: {
    help:
      "how addresses are stored in the log: `full`, `truncated` (/24, /48), `hashed`",
  },
  ALERT_WEBHOOK_URL: {
    help: "where new findings, and what is blocked, are posted: docs/alerts.md",
  },
  ALERT_WEBHOOK_FORMAT: {
    help: "how alerts look: `auto` (by the host), `json`, `slack`, `discord`",
  },
  ALERT_WEBHOOK_SECRET: {
    help: "what alerts in JSON are signed with",
  },
  METRICS_TOKEN: {
    help:
      "a bearer token that may read `/metrics` and nothing else, and does not end",
  },
  OUTBOUND_PRIVATE: {
    help: "`1`: webhooks and feeds may lie in private networks",
  },
  LOG_FORMAT: {
    help: "lines on standard error: `json`, `text`; see docs/monitoring.md",
  },
  BYPASS_BLOCKLIST: {
    help: "`1`: nothing is blocked, for recovery",
  },
  REQUEST_DEADLINE: {
    help:
      "a body comes at 500 B/s over each such time, or gets 408; in proxy mode, so do heads",
  },
  MAX_CONNECTIONS_PER_CLIENT: {
    help: "connections that one peer, not a trusted proxy, may hold",
  },
  SHUTDOWN_DEADLINE: {
    help: "how long what is open may take to end after SIGTERM",
    defaultHelp: "`30s`, `4s` on Deploy",
  },
  WORKERS: {
    help:
      "how many processes share port and store, `auto` for one a core; Linux: docs/deploy.md",
  },
  REQUIRE_2FA: {
    help:
      "who must have a second factor before anything else: `off`, `admins`, `all`",
  },
  BREACH_CHECK: {
    help:
      "`on`: new passwords are looked for in Have I Been Pwned's list; or the URL of another",
  },
  HSTS: {
    help: "`subdomains`: browsers keep to https for all names below the site's",
  },
  SECRET_KEY: {
    help: "32 bytes, base64 or hex, that stored secrets are encrypted with",
    defaultHelp: "a file beside the store",
  },
  ALLOW_EPHEMERAL: {
    help: "`1`: on Deno Deploy, start on a store that is forgotten",
  },
  KV_FROM_ACCESS_TOKEN: {
    help: "token of the source store of `migrate-kv --from`, if different",
  },
};
