/**
 * What the environment's variables mean: each is checked once, at start.
 *
 * @module
 */
import { DETECTION_RULES } from "./rule_names.ts";
import { parseSecretKey } from "../base/secret_key.ts";
import { secretBytes } from "../base/secret_bytes.ts";
import { parseDuration } from "../base/duration.ts";
import { isCountryCode } from "../geo/country.ts";
import { hostFilter } from "../http/host.ts";
import { parseRate, type Rate } from "../limits/rate.ts";
import { type Cidr, parseCidr } from "../net/cidr.ts";

/** What {@linkcode parseConfig} makes of the environment. Durations are in milliseconds. */
export interface Config {
  host: string;
  port: number;
  kvPath: string;
  admin: { username: string; password: string } | null;
  /** `PUBLIC_ORIGIN`: the first that it names, which is the one in links. */
  publicOrigin: string | null;
  /** All that it names. */
  publicOrigins: string[];
  /** `BASE_PATH`: what the pages' paths begin with where others are served beside them; or empty. */
  basePath: string;
  /** `ALLOWED_HOSTS`: what requests may be for; empty: anything well-formed. */
  allowedHosts: string[];
  trustedProxies: Cidr[];
  clientIpHeader: string;
  ipv6Prefix: number;
  loginRateAnonymous: Rate;
  loginRateAuthenticated: Rate;
  /**
   * `LOGIN_RATE_ACCOUNT`: how many attempts at one account pass from everywhere together, known
   * devices aside; one address alone gets half of them. By default 40/h. NIST SP 800-63B-4, 3.2.2,
   * wants guessing stopped before 100 failures in a row, OWASP wants a lock that ends by itself: an
   * account that is attacked opens to strangers again within the hour.
   */
  loginRateAccount: Rate;
  /**
   * `LOGIN_RATE_SPRAY`: at how many accounts one address may fail, e.g. with one password tried on
   * all; at most 1,000. By default 20/h.
   */
  loginRateSpray: Rate;
  signupRate: Rate;
  geoRate: Rate;
  /** `POLICY_FILE`: rules that hold for the process, instead of those in the store. */
  policyFile: string | null;
  suspiciousRequestThreshold: number;
  sensitivePaths: string[];
  /** `LOGIN_PATHS`: where passwords are taken, a glob each; apps behind the guard included. */
  loginPaths: string[];
  /** `LOGIN_FAILURE`: which answers to a POST there mean a wrong one. */
  loginFailure: { statuses: number[]; sameForm: boolean };
  autoBlock: "off" | "suggest" | "on";
  /** `AUTO_BLOCK_RULES`: whose findings may block by themselves; null: those that are critical. */
  autoBlockRules: string[] | null;
  logRetention: number;
  geoProvider: "embedded" | "ipinfo" | "ipapi" | "off";
  ipinfoToken: string | null;
  /** MMDB files of one's own. */
  geoDatabase: readonly string[];
  geoCacheTtl: number;
  countryBlock: string[];
  countryAllow: string[];
  privacyIp: "full" | "truncated" | "hashed";
  alertWebhookUrl: string | null;
  /** `ALERT_WEBHOOK_SECRET`: what alerts in JSON are signed with. */
  alertWebhookSecret: string | null;
  alertWebhookFormat: "auto" | "json" | "slack" | "discord";
  /**
   * `OUTBOUND_PRIVATE`: whether webhooks and feeds may lie in private networks. Off by default, as
   * whoever can enter a URL could otherwise ask what only this machine can reach.
   */
  outboundPrivate: boolean;
  bypassBlocklist: boolean;
  /** `REQUEST_DEADLINE`: within which a head, and each next piece of a body, must have come. */
  requestDeadline: number;
  /** `MAX_CONNECTIONS_PER_CLIENT`: how many one peer may hold in proxy mode. */
  maxConnectionsPerClient: number;
  /** `SHUTDOWN_DEADLINE`: how long what is open may take to end after the signal. */
  shutdownDeadline: number;
  /** `REQUIRE_2FA`: who has to set up a second factor before anything else. */
  requireSecondFactor: "off" | "admins" | "all";
  /**
   * `SECRET_KEY`: what stored secrets are encrypted with; null where a store that is a file has a key
   * beside it.
   */
  secretKey: Uint8Array | null;
  /** `LOG_FORMAT`: how lines on standard error look. */
  logFormat: "json" | "text";
  /** Whether the process runs on Deno Deploy, whose disk is gone with the process. */
  onDeploy: boolean;
  /** `ALLOW_EPHEMERAL`: a store on Deno Deploy that does not outlive the process is meant. */
  allowEphemeral: boolean;
}

/** A variable that does not hold what it should. The message is one line. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** The environment's variables by name. */
export type Environment = Record<string, string | undefined>;

/**
 * The checked configuration. An empty variable counts as one that is not set.
 *
 * @throws {ConfigError} naming the variable, its value and what was expected.
 */
export function parseConfig(env: Environment): Config {
  const read = <T>(
    name: string,
    fallback: T,
    parse: (text: string) => T,
    expected: string,
  ): T => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    try {
      return parse(text);
    } catch {
      const shown = SECRET.test(name) ? "(not shown)" : JSON.stringify(text);
      throw new ConfigError(`${name} is ${shown}: expected ${expected}`);
    }
  };
  const oneOf = <const T extends string>(name: string, ...values: T[]): T =>
    read(name, values[0]!, (text) => {
      const value = values.find((value) => value === text.toLowerCase());
      if (value === undefined) throw new RangeError();
      return value;
    }, `one of ${values.join(", ")}`);
  const duration = (name: string, fallback: string): number =>
    read(
      name,
      parseDuration(fallback),
      parseDuration,
      "a duration such as 90s, 15m, 24h or 30d",
    );
  const rate = (name: string, fallback: string): Rate =>
    read(
      name,
      parseRate(fallback),
      parseRate,
      "a rate such as 10/s, 5/m, 100/h or 1000/d",
    );
  const integer = (
    name: string,
    fallback: number,
    min: number,
    max: number,
  ): number =>
    read(name, fallback, (text) => {
      const value = Number(text);
      if (
        !/^\d+$/.test(text) || value < min || value > max
      ) throw new RangeError();
      return value;
    }, `a whole number from ${min} to ${max}`);
  const countries = (name: string): string[] =>
    read(
      name,
      [],
      (text) => list(text).map(parseCountry),
      "ISO 3166 country codes such as DE,FR",
    );

  const username = env.ADMIN_USERNAME?.trim() || null;
  const password = env.ADMIN_PASSWORD || null;
  if ((username === null) !== (password === null)) {
    const missing = username === null ? "ADMIN_USERNAME" : "ADMIN_PASSWORD";
    throw new ConfigError(
      `${missing} is not set: expected ADMIN_USERNAME and ADMIN_PASSWORD together`,
    );
  }

  const loginRateAnonymous = rate("LOGIN_RATE_ANONYMOUS", "5/m");
  const onDeploy = Boolean(env.DENO_DEPLOY || env.DENO_DEPLOYMENT_ID);

  // Who lets one address try more, does not mean to have that cut short by the limits below.
  const hourly = Math.max(20, 4 * perMinute(loginRateAnonymous));

  const publicOrigins = read<string[]>(
    "PUBLIC_ORIGIN",
    [],
    (text) => list(text).map(parseOrigin),
    "an origin such as https://example.org, or several by commas",
  );

  const config: Config = {
    host: read(
      "HOST",
      "127.0.0.1",
      parseHost,
      "a host name or an address to listen on",
    ),
    port: integer("PORT", 8000, 0, 65535),
    kvPath: read("KV_PATH", "./data/portcullis.db", parseKvPath, KV_PATHS),
    admin: username && password ? { username, password } : null,
    publicOrigin: publicOrigins[0] ?? null,
    publicOrigins,
    basePath: read(
      "BASE_PATH",
      "",
      parseBasePath,
      "a path such as /portcullis",
    ),
    allowedHosts: read(
      "ALLOWED_HOSTS",
      [],
      parseHosts,
      "names such as example.org,*.example.org",
    ),
    trustedProxies: read(
      "TRUSTED_PROXIES",
      [],
      (text) => list(text).map((item) => parseCidr(item)),
      "addresses or CIDR ranges, separated by commas",
    ),
    clientIpHeader: read(
      "CLIENT_IP_HEADER",
      "x-forwarded-for",
      parseHeaderName,
      "forwarded, x-forwarded-for or another header's name",
    ),
    ipv6Prefix: integer("IPV6_PREFIX", 64, 16, 128),
    loginRateAnonymous,
    loginRateAuthenticated: rate("LOGIN_RATE_AUTHENTICATED", "10/m"),
    loginRateAccount: rate(
      "LOGIN_RATE_ACCOUNT",
      `${Math.min(2 * hourly, 999_999_999)}/h`,
    ),
    loginRateSpray: read(
      "LOGIN_RATE_SPRAY",
      parseRate(`${Math.min(hourly, MAX_SPRAY)}/h`),
      parseSprayRate,
      `a rate of at most ${MAX_SPRAY} accounts such as 20/h`,
    ),
    signupRate: rate("SIGNUP_RATE", "5/h"),
    geoRate: rate("GEO_RATE", "30/m"),
    policyFile: env.POLICY_FILE?.trim() || null,
    suspiciousRequestThreshold: integer(
      "SUSPICIOUS_REQUEST_THRESHOLD",
      100,
      1,
      1_000_000_000,
    ),
    sensitivePaths: read(
      "SENSITIVE_PATHS",
      ["/admin", "/login", "/api/auth"],
      parsePaths,
      "paths that begin with /, separated by commas",
    ),
    loginPaths: read(
      "LOGIN_PATHS",
      ["/login", "/api/login", "/api/auth"],
      parsePaths,
      "paths or globs that begin with /, separated by commas",
    ),
    loginFailure: read(
      "LOGIN_FAILURE",
      { statuses: [401, 403, 422, 429], sameForm: true },
      parseLoginFailure,
      "statuses such as 401, or 200-no-cookie, separated by commas",
    ),
    autoBlock: oneOf("AUTO_BLOCK", "off", "suggest", "on"),
    autoBlockRules: read(
      "AUTO_BLOCK_RULES",
      null,
      parseRuleNames,
      "names of detection rules such as flood, separated by commas",
    ),
    logRetention: duration("LOG_RETENTION", "30d"),
    geoProvider: oneOf("GEO_PROVIDER", "embedded", "ipinfo", "ipapi", "off"),
    ipinfoToken: env.IPINFO_TOKEN?.trim() || null,
    geoDatabase: (env.GEO_DATABASE ?? "").split(",").map((file) => file.trim())
      .filter((file) => file !== ""),
    geoCacheTtl: duration("GEO_CACHE_TTL", "24h"),
    countryBlock: countries("COUNTRY_BLOCK"),
    countryAllow: countries("COUNTRY_ALLOW"),
    privacyIp: oneOf("PRIVACY_IP", "full", "truncated", "hashed"),
    alertWebhookUrl: read(
      "ALERT_WEBHOOK_URL",
      null,
      parseHttpUrl,
      "an http or https URL",
    ),
    alertWebhookSecret: read(
      "ALERT_WEBHOOK_SECRET",
      null,
      parseSecret,
      "16 characters or more, or whsec_ and base64",
    ),
    alertWebhookFormat: oneOf(
      "ALERT_WEBHOOK_FORMAT",
      "auto",
      "json",
      "slack",
      "discord",
    ),
    outboundPrivate: oneOf("OUTBOUND_PRIVATE", "0", "1") === "1",
    requireSecondFactor: oneOf("REQUIRE_2FA", "off", "admins", "all"),
    secretKey: read(
      "SECRET_KEY",
      null,
      parseSecretKey,
      "32 bytes in base64 or hexadecimal, such as openssl rand -base64 32 prints",
    ),
    logFormat: oneOf("LOG_FORMAT", "json", "text"),
    bypassBlocklist: oneOf("BYPASS_BLOCKLIST", "0", "1") === "1",
    requestDeadline: read(
      "REQUEST_DEADLINE",
      30_000,
      parseDeadline,
      "a duration from 1s to 1h such as 30s",
    ),
    maxConnectionsPerClient: integer(
      "MAX_CONNECTIONS_PER_CLIENT",
      256,
      1,
      1_000_000,
    ),
    // Deno Deploy kills 5 s after the signal; what is in memory is worth more than a slow answer.
    shutdownDeadline: read(
      "SHUTDOWN_DEADLINE",
      onDeploy ? 4_000 : 30_000,
      parseDeadline,
      "a duration from 1s to 1h such as 30s",
    ),
    onDeploy,
    allowEphemeral: oneOf("ALLOW_EPHEMERAL", "0", "1") === "1",
  };
  if (config.geoProvider === "ipinfo" && config.ipinfoToken === null) {
    throw new ConfigError(
      `IPINFO_TOKEN is not set: expected a token, as GEO_PROVIDER is "ipinfo"`,
    );
  }
  if (
    config.onDeploy && !config.allowEphemeral &&
    !/^(:default:$|https?:)/i.test(config.kvPath)
  ) {
    throw new ConfigError(
      `KV_PATH is ${
        JSON.stringify(config.kvPath)
      }, which Deno Deploy forgets: expected :default: with a KV database assigned to the app, or an http(s) URL, or ALLOW_EPHEMERAL=1`,
    );
  }
  return config;
}

const SECRET = /PASSWORD|TOKEN|SECRET|WEBHOOK_URL/;

/** Variables that may be given as `<name>_FILE`, the name of a file that holds them. */
export const SECRETS: readonly string[] = [
  "ADMIN_PASSWORD",
  "ALERT_WEBHOOK_SECRET",
  "ALERT_WEBHOOK_URL",
  "DENO_KV_ACCESS_TOKEN",
  "IPINFO_TOKEN",
  "KV_FROM_ACCESS_TOKEN",
  "SECRET_KEY",
];
const KV_PATHS = "a file, :memory:, :default: or an http(s) URL";

/** The names are kept in one value of the store. */
const MAX_SPRAY = 1_000;

function parseSprayRate(text: string): Rate {
  const rate = parseRate(text);
  if (rate.limit > MAX_SPRAY) throw new RangeError();
  return rate;
}

/** What a rate lets pass within a minute, or within its window where that is longer. */
function perMinute({ limit, windowMs }: Rate): number {
  return limit * Math.max(1, Math.floor(60_000 / windowMs));
}

function parseLoginFailure(text: string): Config["loginFailure"] {
  const words = list(text);
  const statuses = words.filter((word) => word !== "200-no-cookie").map((
    word,
  ) => {
    if (!/^[2-5]\d\d$/.test(word)) throw new RangeError();
    return Number(word);
  });
  return { statuses, sameForm: words.includes("200-no-cookie") };
}

function parseRuleNames(text: string): string[] {
  const names = list(text);
  if (!names.every((name) => DETECTION_RULES.includes(name))) {
    throw new RangeError();
  }
  return names;
}

function parseDeadline(text: string): number {
  const ms = parseDuration(text);
  if (ms > 3_600_000) throw new RangeError();
  return ms;
}

function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim()).filter((item) =>
    item !== ""
  );
  if (items.length === 0) throw new RangeError();
  return items;
}

function parseHost(text: string): string {
  if (!/^[\w.:%[\]-]{1,255}$/.test(text)) throw new RangeError();
  return text.replace(/^\[(.*)\]$/, "$1");
}

function parseKvPath(text: string): string {
  if (text.includes("\0")) throw new RangeError();
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(text)) parseHttpUrl(text);
  return text;
}

function parseSecret(text: string): string {
  if (text.length < 16 || secretBytes(text).length < 8) throw new RangeError();
  return text;
}

function parseHttpUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new RangeError();
  }
  return url.href;
}

function parseHosts(text: string): string[] {
  const names = list(text);
  hostFilter(names);
  return names;
}

function parseOrigin(text: string): string {
  const url = new URL(parseHttpUrl(text));
  if (url.pathname !== "/" || url.search || url.hash || url.username) {
    throw new RangeError();
  }
  return url.origin;
}

function parseBasePath(text: string): string {
  if (!/^(\/[\w~-][\w.~-]*)*\/?$/.test(text)) throw new RangeError();
  return text.replace(/\/$/, "");
}

function parseHeaderName(text: string): string {
  if (!/^[a-z\d!#$%&'*+.^_`|~-]{1,64}$/i.test(text)) throw new RangeError();
  return text.toLowerCase();
}

function parsePaths(text: string): string[] {
  const paths = list(text);
  if (paths.some((path) => !path.startsWith("/"))) throw new RangeError();
  return paths;
}

function parseCountry(text: string): string {
  const code = text.toUpperCase();
  if (!isCountryCode(code)) throw new RangeError();
  return code;
}
