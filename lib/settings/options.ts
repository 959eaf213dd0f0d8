// Made of table.ts by `deno task settings --write`.
import type { Rate } from "../limits/rate.ts";
import type { Cidr } from "../net/cidr.ts";

/**
 * The settings as options, named as their variables are, in camel case. Texts mean what they would
 * mean there; null is as good as nothing.
 */
export interface SettingOptions {
  /**
   * `HOST`: The address that is listened on.
   *
   * @default "127.0.0.1"
   */
  host?: string | null;

  /**
   * `PORT`: The port that is listened on; `0`: any that is free.
   *
   * @default "8000"
   */
  port?: string | number | null;

  /**
   * `KV_PATH`: The store: a file, `:memory:`, `:default:`, or a URL.
   *
   * @default "./data/portcullis.db"
   */
  kvPath?: string | null;

  /**
   * `DENO_KV_ACCESS_TOKEN`: Token of a store that is a URL.
   *
   * @default none
   */
  denoKvAccessToken?: string | null;

  /**
   * `ADMIN_USERNAME`: Creates that admin at start while there is none.
   *
   * @default none
   */
  adminUsername?: string | null;

  /**
   * `ADMIN_PASSWORD`: The password of that admin.
   *
   * @default none
   */
  adminPassword?: string | null;

  /**
   * `PUBLIC_ORIGIN`: Where pages are reached, such as `https://example.org`, where a proxy ends TLS; by commas, the first is the one in links.
   *
   * @default none
   */
  publicOrigin?: string | readonly string[] | null;

  /**
   * `BASE_PATH`: What the paths begin with, such as `/portcullis`, where another site is at `/`.
   *
   * @default "/"
   */
  basePath?: string | null;

  /**
   * `ALLOWED_HOSTS`: Names and `*.` patterns that requests may be for; others get 421.
   *
   * @default any well-formed
   */
  allowedHosts?: string | readonly string[] | null;

  /**
   * `TRUSTED_PROXIES`: Addresses and ranges of your proxies; only they are believed about the client's address.
   *
   * @default none
   */
  trustedProxies?: string | readonly (string | Cidr)[] | null;

  /**
   * `CLIENT_IP_HEADER`: The one header they are believed in: this, `forwarded`, or one with one address, such as `cf-connecting-ip`.
   *
   * @default "x-forwarded-for"
   */
  clientIpHeader?: string | null;

  /**
   * `IPV6_PREFIX`: How much of an IPv6 address counts as one client in limits.
   *
   * @default "64"
   */
  ipv6Prefix?: string | number | null;

  /**
   * `REMOTE_USER_HEADER`: The field in which `TRUSTED_PROXIES` say who is signed in, such as `x-remote-user`; docs/sign-in.md.
   *
   * @default none
   */
  remoteUserHeader?: string | null;

  /**
   * `REMOTE_ROLES_HEADER`: The field in which they say that one's roles or groups; without it, admins are made in the console.
   *
   * @default none
   */
  remoteRolesHeader?: string | null;

  /**
   * `REMOTE_LOGOUT_URL`: Where they log somebody out, such as `/oauth2/sign_out`.
   *
   * @default none
   */
  remoteLogoutUrl?: string | null;

  /**
   * `OIDC_ISSUER`: People log in at this OpenID Connect provider; docs/sign-in.md.
   *
   * @default none
   */
  oidcIssuer?: string | null;

  /**
   * `OIDC_CLIENT_ID`: The client's id there.
   *
   * @default none
   */
  oidcClientId?: string | null;

  /**
   * `OIDC_CLIENT_SECRET`: The client's secret there; a public client has none.
   *
   * @default none
   */
  oidcClientSecret?: string | null;

  /**
   * `OIDC_SCOPES`: What is asked for there, by spaces.
   *
   * @default "openid profile"
   */
  oidcScopes?: string | null;

  /**
   * `OIDC_NAME_CLAIM`: The claim that a new account gets its name from.
   *
   * @default "preferred_username"
   */
  oidcNameClaim?: string | null;

  /**
   * `OIDC_ROLES_CLAIM`: The claim with the roles or groups, such as `groups` or `realm_access.roles`; without it, admins are made in the console.
   *
   * @default none
   */
  oidcRolesClaim?: string | null;

  /**
   * `OIDC_LABEL`: What the login page calls the provider.
   *
   * @default its host
   */
  oidcLabel?: string | null;

  /**
   * `ADMIN_ROLES`: Which of the roles in `REMOTE_ROLES_HEADER` or `OIDC_ROLES_CLAIM` make an admin.
   *
   * @default "portcullis-admin"
   */
  adminRoles?: string | readonly string[] | null;

  /**
   * `LOGIN_RATE_ANONYMOUS`: Attempts to sign in by one address: N/s, N/m, N/h, N/d.
   *
   * @default "5/m"
   */
  loginRateAnonymous?: string | Rate | null;

  /**
   * `LOGIN_RATE_AUTHENTICATED`: The same by one user who is signed in.
   *
   * @default "10/m"
   */
  loginRateAuthenticated?: string | Rate | null;

  /**
   * `LOGIN_RATE_ACCOUNT`: Attempts at one account, from everywhere but known devices; one address gets half.
   *
   * @default `40/h`
   */
  loginRateAccount?: string | Rate | null;

  /**
   * `LOGIN_RATE_SPRAY`: At how many accounts one address may fail.
   *
   * @default `20/h`
   */
  loginRateSpray?: string | Rate | null;

  /**
   * `SIGNUP_RATE`: Accounts that one address may create.
   *
   * @default "5/h"
   */
  signupRate?: string | Rate | null;

  /**
   * `GEO_RATE`: Requests for `/api/geo` by one address.
   *
   * @default "30/m"
   */
  geoRate?: string | Rate | null;

  /**
   * `POLICY_FILE`: A file of rules, read where it exists: docs/policy.md.
   *
   * @default `./portcullis.jsonc`
   */
  policyFile?: string | null;

  /**
   * `ANSWER_TEMPLATES`: A folder of answers for whom a rule keeps out, such as `403.html`: docs/policy.md.
   *
   * @default our own
   */
  answerTemplates?: string | null;

  /**
   * `SUSPICIOUS_REQUEST_THRESHOLD`: More than this many requests in an hour are a finding.
   *
   * @default "100"
   */
  suspiciousRequestThreshold?: string | number | null;

  /**
   * `SENSITIVE_PATHS`: Paths whose requests are looked at; whole segments, in any spelling.
   *
   * @default "/admin,/login,/api/auth"
   */
  sensitivePaths?: string | readonly string[] | null;

  /**
   * `LOGIN_PATHS`: Where apps behind the guard take passwords; a glob each.
   *
   * @default "/login,/api/login,/api/auth"
   */
  loginPaths?: string | readonly string[] | null;

  /**
   * `LOGIN_FAILURE`: Answers to a POST to `LOGIN_PATHS` that mean a wrong password.
   *
   * @default "401,403,422,429,200-no-cookie"
   */
  loginFailure?: string | null;

  /**
   * `AUTO_BLOCK`: Whether findings block: `off`, `suggest`, `on`.
   *
   * @default "off"
   */
  autoBlock?: "off" | "suggest" | "on" | null;

  /**
   * `AUTO_BLOCK_RULES`: Rules whose findings block by themselves with `AUTO_BLOCK=on`.
   *
   * @default the critical ones
   */
  autoBlockRules?: string | readonly string[] | null;

  /**
   * `LOG_RETENTION`: How long requests stay in the log.
   *
   * @default "30d"
   */
  logRetention?: string | number | null;

  /**
   * `GEO_PROVIDER`: Where places come from: `embedded`, `ipinfo`, `ipapi`, `off`.
   *
   * @default "embedded"
   */
  geoProvider?: "embedded" | "ipinfo" | "ipapi" | "off" | null;

  /**
   * `IPINFO_TOKEN`: IPinfo's token, which `GEO_PROVIDER=ipinfo` needs.
   *
   * @default none
   */
  ipinfoToken?: string | null;

  /**
   * `GEO_DATABASE`: Your own MMDB files, by commas: city, country, ASN, instead of the built-in.
   *
   * @default none
   */
  geoDatabase?: string | readonly string[] | null;

  /**
   * `GEO_CACHE_TTL`: How long an external answer is kept.
   *
   * @default "24h"
   */
  geoCacheTtl?: string | number | null;

  /**
   * `COUNTRY_BLOCK`: ISO codes of countries that are kept out; an unknown country is let in, the safelist wins.
   *
   * @default none
   */
  countryBlock?: string | readonly string[] | null;

  /**
   * `COUNTRY_ALLOW`: ISO codes of the only countries that are let in.
   *
   * @default none
   */
  countryAllow?: string | readonly string[] | null;

  /**
   * `PRIVACY_IP`: How addresses are stored in the log: `full`, `truncated` (/24, /48), `hashed`.
   *
   * @default "full"
   */
  privacyIp?: "full" | "truncated" | "hashed" | null;

  /**
   * `ALERT_WEBHOOK_URL`: Where new findings, and what is blocked, are posted: docs/alerts.md.
   *
   * @default none
   */
  alertWebhookUrl?: string | null;

  /**
   * `ALERT_WEBHOOK_FORMAT`: How alerts look: `auto` (by the host), `json`, `slack`, `discord`.
   *
   * @default "auto"
   */
  alertWebhookFormat?: "auto" | "json" | "slack" | "discord" | null;

  /**
   * `ALERT_WEBHOOK_SECRET`: What alerts in JSON are signed with.
   *
   * @default none
   */
  alertWebhookSecret?: string | null;

  /**
   * `METRICS_TOKEN`: A bearer token that may read `/metrics` and nothing else, and does not end.
   *
   * @default none
   */
  metricsToken?: string | null;

  /**
   * `OUTBOUND_PRIVATE`: `1`: webhooks and feeds may lie in private networks.
   *
   * @default "0"
   */
  outboundPrivate?: boolean | "0" | "1" | null;

  /**
   * `LOG_FORMAT`: Lines on standard error: `json`, `text`; see docs/monitoring.md.
   *
   * @default "json"
   */
  logFormat?: "json" | "text" | null;

  /**
   * `BYPASS_BLOCKLIST`: `1`: nothing is blocked, for recovery.
   *
   * @default "0"
   */
  bypassBlocklist?: boolean | "0" | "1" | null;

  /**
   * `REQUEST_DEADLINE`: A body comes at 500 B/s over each such time, or gets 408; in proxy mode, so do heads.
   *
   * @default "30s"
   */
  requestDeadline?: string | number | null;

  /**
   * `MAX_CONNECTIONS_PER_CLIENT`: Connections that one peer, not a trusted proxy, may hold.
   *
   * @default "256"
   */
  maxConnectionsPerClient?: string | number | null;

  /**
   * `SHUTDOWN_DEADLINE`: How long what is open may take to end after SIGTERM.
   *
   * @default `30s`, `4s` on Deploy
   */
  shutdownDeadline?: string | number | null;

  /**
   * `WORKERS`: How many processes share port and store, `auto` for one a core; Linux: docs/deploy.md.
   *
   * @default "1"
   */
  workers?: string | number | null;

  /**
   * `REQUIRE_2FA`: Who must have a second factor before anything else: `off`, `admins`, `all`.
   *
   * @default "off"
   */
  require2fa?: "off" | "admins" | "all" | null;

  /**
   * `BREACH_CHECK`: `on`: new passwords are looked for in Have I Been Pwned's list; or the URL of another.
   *
   * @default "off"
   */
  breachCheck?: string | null;

  /**
   * `HSTS`: `subdomains`: browsers keep to https for all names below the site's.
   *
   * @default "host"
   */
  hsts?: "host" | "subdomains" | null;

  /**
   * `SECRET_KEY`: 32 bytes, base64 or hex, that stored secrets are encrypted with.
   *
   * @default a file beside the store
   */
  secretKey?: string | Uint8Array | null;

  /**
   * `ALLOW_EPHEMERAL`: `1`: on Deno Deploy, start on a store that is forgotten.
   *
   * @default "0"
   */
  allowEphemeral?: boolean | "0" | "1" | null;

  /**
   * `KV_FROM_ACCESS_TOKEN`: Token of the source store of `migrate-kv --from`, if different.
   *
   * @default none
   */
  kvFromAccessToken?: string | null;
}

/** The settings that the guard by itself has. */
export type GuardOption =
  | "publicOrigin"
  | "allowedHosts"
  | "trustedProxies"
  | "clientIpHeader"
  | "ipv6Prefix"
  | "remoteUserHeader"
  | "remoteRolesHeader"
  | "policyFile"
  | "answerTemplates"
  | "logRetention"
  | "geoProvider"
  | "ipinfoToken"
  | "geoDatabase"
  | "geoCacheTtl"
  | "countryBlock"
  | "countryAllow"
  | "privacyIp"
  | "bypassBlocklist"
  | "requestDeadline";
