// Made of table.ts by `deno task settings --write`.
import type { Rate } from "../limits/rate.ts";
import type { Cidr } from "../net/cidr.ts";

/**
 * The settings as options, named as their variables are, in camel case. Texts mean the same as in
 * the variables; null is the same as no value.
 *
 * @example
 * ```ts
 * import type { SettingOptions } from "@portcullis/portcullis/guard";
 *
 * const settings: SettingOptions = {
 *   trustedProxies: "10.0.0.0/8",
 *   ipv6Prefix: 56,
 *   privacyIp: "hashed",
 * };
 * ```
 */
export interface SettingOptions {
  /**
   * `HOST`: The address to listen on.
   *
   * @default "127.0.0.1"
   */
  host?: string | null;

  /**
   * `PORT`: The port to listen on; `0`: any free one.
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
   * `DENO_KV_ACCESS_TOKEN`: Access token of a store that is a URL.
   *
   * @default none
   */
  denoKvAccessToken?: string | null;

  /**
   * `ADMIN_USERNAME`: Creates this admin at start while no admin exists.
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
   * `PUBLIC_ORIGIN`: The public origin, such as `https://example.org`, if a proxy ends TLS; several by commas, the first is used in links.
   *
   * @default none
   */
  publicOrigin?: string | readonly string[] | null;

  /**
   * `BASE_PATH`: The prefix of all paths, such as `/portcullis`, if another site is at `/`.
   *
   * @default "/"
   */
  basePath?: string | null;

  /**
   * `ALLOWED_HOSTS`: Host names and `*.` patterns that are served; others get 421.
   *
   * @default any well-formed
   */
  allowedHosts?: string | readonly string[] | null;

  /**
   * `TRUSTED_PROXIES`: Addresses and ranges of your proxies; only their forwarding headers are read.
   *
   * @default none
   */
  trustedProxies?: string | readonly (string | Cidr)[] | null;

  /**
   * `CLIENT_IP_HEADER`: The forwarding header: this, `forwarded`, or one with a single address, such as `cf-connecting-ip`.
   *
   * @default "x-forwarded-for"
   */
  clientIpHeader?: string | null;

  /**
   * `IPV6_PREFIX`: The prefix length of IPv6 addresses that counts as one client in limits.
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
   * `LOGIN_RATE_ANONYMOUS`: Login attempts of one address: N/s, N/m, N/h, N/d.
   *
   * @default "5/m"
   */
  loginRateAnonymous?: string | Rate | null;

  /**
   * `LOGIN_RATE_AUTHENTICATED`: Login attempts of one signed-in user.
   *
   * @default "10/m"
   */
  loginRateAuthenticated?: string | Rate | null;

  /**
   * `LOGIN_RATE_ACCOUNT`: Login attempts at one account, except from known devices; half of it for one address.
   *
   * @default `40/h`
   */
  loginRateAccount?: string | Rate | null;

  /**
   * `LOGIN_RATE_SPRAY`: The number of accounts at which one address may fail to log in.
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
   * `GEO_RATE`: Requests of one address to `/api/geo`.
   *
   * @default "30/m"
   */
  geoRate?: string | Rate | null;

  /**
   * `POLICY_FILE`: A file with policy rules, read if it exists: docs/policy.md.
   *
   * @default `./portcullis.jsonc`
   */
  policyFile?: string | null;

  /**
   * `ANSWER_TEMPLATES`: A folder of responses to refused clients, such as `403.html`: docs/policy.md.
   *
   * @default built-in
   */
  answerTemplates?: string | null;

  /**
   * `SUSPICIOUS_REQUEST_THRESHOLD`: More requests than this in an hour are a finding.
   *
   * @default "100"
   */
  suspiciousRequestThreshold?: string | number | null;

  /**
   * `SENSITIVE_PATHS`: Paths whose visits are reported; whole segments, case-insensitive.
   *
   * @default "/admin,/login,/api/auth"
   */
  sensitivePaths?: string | readonly string[] | null;

  /**
   * `LOGIN_PATHS`: Login paths of the apps behind the guard, as globs.
   *
   * @default "/login,/api/login,/api/auth"
   */
  loginPaths?: string | readonly string[] | null;

  /**
   * `LOGIN_FAILURE`: Responses to a POST to `LOGIN_PATHS` that mean a failed login.
   *
   * @default "401,403,422,429,200-no-cookie"
   */
  loginFailure?: string | null;

  /**
   * `AUTO_BLOCK`: Automatic blocks by findings: `off`, `suggest`, `on`.
   *
   * @default "off"
   */
  autoBlock?: "off" | "suggest" | "on" | null;

  /**
   * `AUTO_BLOCK_RULES`: Rules whose findings block with `AUTO_BLOCK=on`.
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
   * `GEO_PROVIDER`: The source of geolocation: `embedded`, `ipinfo`, `ipapi`, `off`.
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
   * `GEO_DATABASE`: Your own MMDB files, separated by commas: city, country, ASN, in place of the built-in ones.
   *
   * @default none
   */
  geoDatabase?: string | readonly string[] | null;

  /**
   * `GEO_CACHE_TTL`: How long answers of an external provider are cached.
   *
   * @default "24h"
   */
  geoCacheTtl?: string | number | null;

  /**
   * `COUNTRY_BLOCK`: ISO codes of blocked countries; unknown countries are allowed, the safelist has precedence.
   *
   * @default none
   */
  countryBlock?: string | readonly string[] | null;

  /**
   * `COUNTRY_ALLOW`: ISO codes of the only allowed countries.
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
   * `ALERT_WEBHOOK_URL`: Webhook for new findings and blocks: docs/alerts.md.
   *
   * @default none
   */
  alertWebhookUrl?: string | null;

  /**
   * `ALERT_WEBHOOK_FORMAT`: Format of alerts: `auto` (by the host), `json`, `slack`, `discord`.
   *
   * @default "auto"
   */
  alertWebhookFormat?: "auto" | "json" | "slack" | "discord" | null;

  /**
   * `ALERT_WEBHOOK_SECRET`: Secret that JSON alerts are signed with.
   *
   * @default none
   */
  alertWebhookSecret?: string | null;

  /**
   * `METRICS_TOKEN`: A bearer token for `/metrics` only, without expiry.
   *
   * @default none
   */
  metricsToken?: string | null;

  /**
   * `OUTBOUND_PRIVATE`: `1`: webhooks and feeds may be in private networks.
   *
   * @default "0"
   */
  outboundPrivate?: boolean | "0" | "1" | null;

  /**
   * `LOG_FORMAT`: Format of log lines on standard error: `json`, `text`; see docs/monitoring.md.
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
   * `REQUEST_DEADLINE`: Bodies have to arrive at 500 B/s over each such time, or get 408; in proxy mode heads have to arrive within it.
   *
   * @default "30s"
   */
  requestDeadline?: string | number | null;

  /**
   * `MAX_CONNECTIONS_PER_CLIENT`: Proxy mode: open connections of one peer that is not a trusted proxy.
   *
   * @default "256"
   */
  maxConnectionsPerClient?: string | number | null;

  /**
   * `SHUTDOWN_DEADLINE`: How long open requests may take after SIGTERM.
   *
   * @default `30s`, `4s` on Deploy
   */
  shutdownDeadline?: string | number | null;

  /**
   * `WORKERS`: Number of processes that share port and store, `auto`: one per core; Linux: docs/deploy.md.
   *
   * @default "1"
   */
  workers?: string | number | null;

  /**
   * `REQUIRE_2FA`: Who must set up a second factor: `off`, `admins`, `all`.
   *
   * @default "off"
   */
  require2fa?: "off" | "admins" | "all" | null;

  /**
   * `BREACH_CHECK`: `on`: new passwords are checked against Have I Been Pwned; or the URL of another such list.
   *
   * @default "off"
   */
  breachCheck?: string | null;

  /**
   * `HSTS`: `subdomains`: HSTS also for all subdomains.
   *
   * @default "host"
   */
  hsts?: "host" | "subdomains" | null;

  /**
   * `SECRET_KEY`: Key (32 bytes, base64 or hex) that encrypts stored secrets.
   *
   * @default a file beside the store
   */
  secretKey?: string | Uint8Array | null;

  /**
   * `ALLOW_EPHEMERAL`: `1`: on Deno Deploy, start with a store that is not persistent.
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

/**
 * The settings of the guard alone.
 *
 * @example
 * ```ts
 * import type { GuardOption, SettingOptions } from "@portcullis/portcullis/guard";
 *
 * const settings: Pick<SettingOptions, GuardOption> = { logRetention: "7d" };
 * ```
 */
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
