import type { CityDatabase } from "../geo/city_database.ts";
import type { OperatorData } from "../geo/operator_data.ts";
import type { GuardSettings } from "../guard/open_guard.ts";
import type { Visitor } from "../guard/visitor.ts";

/**
 * How Portcullis behaves in another app. What is left out comes from the environment, as for the
 * program; the options have the variables' names in camel case and mean the same. Durations are text
 * such as `12h`, rates such as `5/m`.
 */
export interface PortcullisOptions extends
  Pick<
    GuardSettings,
    | "isUnlogged"
    | "now"
    | "onError"
    | "onRecord"
    | "onRefuse"
    | "policy"
    | "whoIs"
  > {
  /**
   * The store: a path or URL as `KV_PATH` has it, a `Deno.Kv`, or what opens one. What is opened here
   * is also closed here.
   *
   * @default {"./data/portcullis.db"}
   */
  kv?: string | Deno.Kv | (() => Promise<Deno.Kv>);
  /**
   * The path of the console, its API included; `false` leaves it out.
   *
   * @default {"/portcullis"}
   */
  console?: string | false | null;
  /**
   * Who may use the console, as an admin; it then has no accounts of its own. Setting
   * `visitor.username` names them in the audit trail. Whoever can lie to this function owns the
   * console.
   */
  authorize?: (
    request: Request,
    visitor: Visitor,
  ) => boolean | Promise<boolean>;
  /**
   * With `authorize`: whoever it does not let in gets your app's answer for the console's path, such
   * as your 404, and does not learn that there is one.
   *
   * @default {false}
   */
  hidden?: boolean;
  /** The city database: `import { dbip } from "@portcullis/portcullis/dbip"`. @default none */
  geo?: CityDatabase | (() => CityDatabase);
  /** Who runs which network: `import { asn } from "@portcullis/portcullis/asn"`. @default none */
  asn?: OperatorData;

  /** `ADMIN_USERNAME`: with `adminPassword`, an admin who is created where there is none. */
  adminUsername?: string;
  /** `ADMIN_PASSWORD` */
  adminPassword?: string;
  /** `ALERT_WEBHOOK_FORMAT` @default {"auto"} */
  alertWebhookFormat?: "auto" | "json" | "slack" | "discord";
  /** `ALERT_WEBHOOK_SECRET` */
  alertWebhookSecret?: string;
  /** `ALERT_WEBHOOK_URL`: new findings and blocks are posted there. */
  alertWebhookUrl?: string;
  /** `ALLOWED_HOSTS`: hosts that requests may be for; others get 421. @default any well-formed */
  allowedHosts?: string | readonly string[];
  /** `ALLOW_EPHEMERAL` @default {false} */
  allowEphemeral?: boolean;
  /** `AUTO_BLOCK` @default {"off"} */
  autoBlock?: "off" | "suggest" | "on";
  /** `AUTO_BLOCK_RULES` @default the critical ones */
  autoBlockRules?: string | readonly string[];
  /** `BYPASS_BLOCKLIST`: recovery, nothing is refused. @default {false} */
  bypassBlocklist?: boolean;
  /** `CLIENT_IP_HEADER` @default {"x-forwarded-for"} */
  clientIpHeader?: string;
  /** `COUNTRY_ALLOW`: the only countries that are let in. */
  countryAllow?: string | readonly string[];
  /** `BREACH_CHECK`: new passwords are looked for in a list of breached ones. @default {"off"} */
  breachCheck?: string;
  /** `COUNTRY_BLOCK` */
  countryBlock?: string | readonly string[];
  /** `DENO_KV_ACCESS_TOKEN`: the token of a store that is a URL. */
  denoKvAccessToken?: string;
  /** `GEO_CACHE_TTL` @default {"24h"} */
  geoCacheTtl?: string;
  /** `GEO_DATABASE`: MMDB files of your own. */
  geoDatabase?: string | readonly string[];
  /** `GEO_PROVIDER` @default {"embedded"} where `geo` is given, else `"off"` */
  geoProvider?: "embedded" | "ipinfo" | "ipapi" | "off";
  /** `GEO_RATE` @default {"30/m"} */
  geoRate?: string;
  /** `HSTS` @default {"host"} */
  hsts?: "host" | "subdomains";
  /** `IPINFO_TOKEN` */
  ipinfoToken?: string;
  /** `IPV6_PREFIX` @default {64} */
  ipv6Prefix?: number;
  /** `KV_PATH`, as a text in `kv` */
  kvPath?: string;
  /** `LOGIN_FAILURE` */
  loginFailure?: string;
  /** `LOGIN_PATHS`: where your app takes passwords. */
  loginPaths?: string | readonly string[];
  /** `LOGIN_RATE_ACCOUNT` */
  loginRateAccount?: string;
  /** `LOGIN_RATE_ANONYMOUS` @default {"5/m"} */
  loginRateAnonymous?: string;
  /** `LOGIN_RATE_AUTHENTICATED` @default {"10/m"} */
  loginRateAuthenticated?: string;
  /** `LOGIN_RATE_SPRAY` */
  loginRateSpray?: string;
  /** `LOG_FORMAT` @default {"json"} */
  logFormat?: "json" | "text";
  /** `LOG_RETENTION` @default {"30d"} */
  logRetention?: string;
  /** `OUTBOUND_PRIVATE` @default {false} */
  outboundPrivate?: boolean;
  /** `POLICY_FILE` @default {"./portcullis.jsonc"} where it exists */
  policyFile?: string;
  /** `PRIVACY_IP` @default {"full"} */
  privacyIp?: "full" | "truncated" | "hashed";
  /** `PUBLIC_ORIGIN`, such as `https://example.org`, where a proxy ends TLS. */
  publicOrigin?: string | readonly string[];
  /** `REQUEST_DEADLINE` @default {"30s"} */
  requestDeadline?: string;
  /** `REQUIRE_2FA` @default {"off"} */
  require2fa?: "off" | "admins" | "all";
  /** `SECRET_KEY`: 32 bytes, or text in base64 or hex. @default one beside a store that is a file */
  secretKey?: string | Uint8Array;
  /** `SENSITIVE_PATHS` @default {"/admin,/login,/api/auth"} */
  sensitivePaths?: string | readonly string[];
  /** `SIGNUP_RATE` @default {"5/h"} */
  signupRate?: string;
  /** `SUSPICIOUS_REQUEST_THRESHOLD` @default {100} */
  suspiciousRequestThreshold?: number;
  /** `TRUSTED_PROXIES`: your own proxies; only they are believed. @default none */
  trustedProxies?: string | readonly string[];
}
