/**
 * The settings that the guard in another app has, too: in a module of their own, so that the app
 * does not load the others. {@linkcode SETTINGS} contains them in its order.
 *
 * @module
 */
import {
  COUNTRIES,
  DEADLINE,
  duration,
  FILES,
  FLAG,
  HEADER_NAME,
  HOSTS,
  IDENTITY_HEADER,
  integer,
  oneOf,
  ORIGINS,
  RANGES,
  text,
} from "./parsers.ts";
import type { Setting } from "./setting.ts";

const BY_APP_GUARD_PROXY = ["app", "guard", "proxy"] as const;
const BY_APP_GUARD_PROXY_TASKS = ["app", "guard", "proxy", "tasks"] as const;

/** See the module. */
export const GUARD_SETTINGS = {
  PUBLIC_ORIGIN: {
    parser: ORIGINS,
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  ALLOWED_HOSTS: {
    parser: HOSTS,
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  TRUSTED_PROXIES: {
    parser: RANGES,
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  CLIENT_IP_HEADER: {
    parser: HEADER_NAME,
    default: "x-forwarded-for",
    usedBy: BY_APP_GUARD_PROXY,
  },
  IPV6_PREFIX: {
    parser: integer(16, 128),
    default: "64",
    usedBy: BY_APP_GUARD_PROXY,
  },
  REMOTE_USER_HEADER: {
    parser: IDENTITY_HEADER,
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  REMOTE_ROLES_HEADER: {
    parser: IDENTITY_HEADER,
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  POLICY_FILE: {
    parser: text("the name of a file"),
    default: null,
    usedBy: BY_APP_GUARD_PROXY_TASKS,
  },
  ANSWER_TEMPLATES: {
    parser: text("the name of a folder"),
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  LOG_RETENTION: {
    parser: duration(),
    default: "30d",
    usedBy: BY_APP_GUARD_PROXY_TASKS,
  },
  GEO_PROVIDER: {
    parser: oneOf("embedded", "ipinfo", "ipapi", "off"),
    default: "embedded",
    usedBy: BY_APP_GUARD_PROXY_TASKS,
  },
  IPINFO_TOKEN: {
    parser: text("a token"),
    default: null,
    usedBy: BY_APP_GUARD_PROXY_TASKS,
    isSecret: true,
  },
  GEO_DATABASE: {
    parser: FILES,
    default: null,
    usedBy: BY_APP_GUARD_PROXY_TASKS,
  },
  GEO_CACHE_TTL: {
    parser: duration(),
    default: "24h",
    usedBy: BY_APP_GUARD_PROXY_TASKS,
  },
  COUNTRY_BLOCK: {
    parser: COUNTRIES,
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  COUNTRY_ALLOW: {
    parser: COUNTRIES,
    default: null,
    usedBy: BY_APP_GUARD_PROXY,
  },
  PRIVACY_IP: {
    parser: oneOf("full", "truncated", "hashed"),
    default: "full",
    usedBy: BY_APP_GUARD_PROXY_TASKS,
  },
  BYPASS_BLOCKLIST: {
    parser: FLAG,
    default: "0",
    usedBy: BY_APP_GUARD_PROXY,
  },
  REQUEST_DEADLINE: {
    parser: DEADLINE,
    default: "30s",
    usedBy: BY_APP_GUARD_PROXY,
  },
  // deno-lint-ignore no-explicit-any
} as const satisfies Record<string, Setting<any>>;
