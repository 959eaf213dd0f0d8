/**
 * The doctor: what is configured, what looks wrong, and the line to change. The task and the health
 * page show the same checks.
 *
 * @module
 */
import { messageOf } from "../base/error_words.ts";
import { hasAdmin } from "../accounts/users.ts";
import type { Config } from "../settings/config.ts";
import { SETTING_LIST } from "../settings/table.ts";
import { deadline } from "../base/delay.ts";
import { countActive } from "../detection/findings.ts";
import { HOUR, spanText } from "../base/duration.ts";
import { checkFeeds } from "./feeds.ts";
import { checkSafeHosts } from "./safe_hosts.ts";
import type { GeoStatus } from "../geo/geo.ts";
import { scanRequests } from "../log/request_query.ts";
import type { RequestLogStatus } from "../log/request_log.ts";
import { logLine } from "../base/log_line.ts";
import { formatCidr, parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { isPublic } from "../net/special.ts";
import { readSweepState, type SweepState } from "../retention/sweep_state.ts";
import { keys } from "../store/keys.ts";
import { shownKvPath } from "../store/open.ts";

/** The result of one check. */
export interface Check {
  level: "ok" | "warn" | "bad";
  title: string;
  detail: string;
  /** The line to change, where there is one. */
  fix?: string;
}

/** So many requests from one address, and from no other, look like a proxy that hides the rest. */
const ENOUGH_REQUESTS = 50;

/** What is set, in one line. */
function settingsCheck({ given }: Config): Check {
  const set = given.map(({ name, shown }) => `${name}=${shown}`);
  const others = SETTING_LIST.length - set.length;
  return {
    level: "ok",
    title: "Settings",
    detail: set.length === 0
      ? `All ${others} have their defaults.`
      : `${set.join(", ")}; the other ${others} have their defaults.`,
  };
}

/** What the configuration alone shows. */
export function checkConfig(config: Config): Check[] {
  const checks: Check[] = [settingsCheck(config)];
  const { trustedProxies, publicOrigin, kvPath, host } = config;
  if (config.bypassBlocklist) {
    checks.push({
      level: "bad",
      title: "Blocklist",
      detail: "Nothing is blocked: BYPASS_BLOCKLIST is 1.",
      fix: "BYPASS_BLOCKLIST=0",
    });
  }
  if (trustedProxies.some(({ prefix }) => prefix === 0)) {
    checks.push({
      level: "bad",
      title: "Trusted proxies",
      detail: "Everybody is trusted, so everybody can forge any address.",
      fix: "TRUSTED_PROXIES=<the addresses of your proxies>",
    });
  } else if (trustedProxies.length > 0) {
    checks.push({
      level: "ok",
      title: "Trusted proxies",
      detail: `${
        trustedProxies.map(formatCidr).join(", ")
      }; their ${config.clientIpHeader} is read.`,
    });
  } else if (publicOrigin !== null) {
    checks.push({
      level: "warn",
      title: "Trusted proxies",
      detail:
        "PUBLIC_ORIGIN is set, so a proxy is likely, but none is trusted: " +
        "all visitors appear with the proxy's address.",
      fix: "TRUSTED_PROXIES=<the addresses of your proxies>",
    });
  } else {
    checks.push({
      level: "ok",
      title: "Trusted proxies",
      detail:
        "None: the address at the other end of the connection is the client's.",
    });
  }
  if (config.remoteUserHeader !== null) {
    checks.push(remoteUserCheck(config));
  }
  const listensBeyond = host !== "localhost" && !parseHostIsLoopback(host);
  if (listensBeyond && !publicOrigin?.startsWith("https:")) {
    checks.push({
      level: "warn",
      title: "HTTPS",
      detail:
        `The server listens on ${host} over plain http: cookies cannot be Secure there.`,
      fix: "PUBLIC_ORIGIN=https://<your host>, behind a proxy that ends TLS",
    });
  }
  if (config.onDeploy && config.allowEphemeral) {
    checks.push({
      level: "warn",
      title: "Deno Deploy",
      detail: "ALLOW_EPHEMERAL is 1: the store may be lost at any time.",
      fix: "KV_PATH=:default:, with a KV database assigned to the app",
    });
  }
  checks.push(
    kvPath === ":memory:"
      ? {
        level: "warn",
        title: "KV",
        detail: "In memory: all data is lost when the process ends.",
        fix: "KV_PATH=./data/portcullis.db",
      }
      : { level: "ok", title: "KV", detail: shownKvPath(kvPath) },
  );
  return checks;
}

/**
 * Trusted peers can claim any address: reported if there are any, as a warning if there are many.
 */
function remoteUserCheck(
  { remoteUserHeader, remoteRolesHeader, trustedProxies }: Config,
): Check {
  const fields = [remoteUserHeader, remoteRolesHeader]
    .filter((name) => name !== null).join(" and ");
  const isWide = trustedProxies.some(({ family, prefix }) =>
    prefix < (family === 4 ? 8 : 16)
  );
  return {
    level: isWide ? "bad" : "ok",
    title: "Users by proxy",
    detail: isWide
      ? `TRUSTED_PROXIES is so wide that strangers may say who they are, in ${fields}.`
      : `What trusted proxies say in ${fields} is believed: they have to take these fields from clients' requests.`,
    ...isWide ? { fix: "TRUSTED_PROXIES=<the addresses of your proxies>" } : {},
  };
}

function parseHostIsLoopback(host: string): boolean {
  return host === "::1" || host.startsWith("127.");
}

/** What the store shows, also where no server runs. */
export async function checkStore(
  kv: Deno.Kv,
  now: () => number,
  config: Pick<Config, "privacyIp">,
): Promise<Check[]> {
  const started = performance.now();
  try {
    await deadline(kv.get(keys.accessVersion()), 2_000);
  } catch (error) {
    const words = messageOf(error);
    return [{ level: "bad", title: "KV answers", detail: words }];
  }
  const took = (performance.now() - started).toFixed(1);
  const [admin, open, watermark, addresses, swept, feeds, hosts] = await Promise
    .all([
      hasAdmin({ kv }),
      countActive(kv, { severity: "warning", now: now() }),
      kv.get<number>(keys.watermark("detect")),
      checkAddresses(kv, now, config),
      readSweepState(kv),
      checkFeeds(kv, now()),
      checkSafeHosts(kv, now()),
    ]);
  return [
    { level: "ok", title: "KV answers", detail: `A read took ${took} ms.` },
    admin ? { level: "ok", title: "Admin", detail: "An admin exists." } : {
      level: "warn",
      title: "Admin",
      detail:
        "No admin exists yet: use the set-up link that the server prints at start.",
      fix: "deno task create-user <name> --admin",
    },
    jobCheck(watermark.value, now()),
    sweepCheck(swept, now()),
    {
      level: open > 0 ? "warn" : "ok",
      title: "Findings",
      detail: open === 1 ? "1 finding is open." : `${open} findings are open.`,
    },
    addresses,
    ...feeds,
    ...hosts,
  ];
}

function jobCheck(watermark: number | null, now: number): Check {
  const title = "Hourly detection";
  if (watermark === null) {
    return {
      level: "ok",
      title,
      detail: "Has not run yet: it runs at every full hour.",
    };
  }
  const late = now - watermark;
  const detail = `Has evaluated all requests until ${
    new Date(watermark).toISOString()
  }.`;
  return late > 2 * HOUR
    ? {
      level: "warn",
      title,
      detail: `${detail} That is ${spanText(late)} ago.`,
    }
    : { level: "ok", title, detail };
}

function sweepCheck(state: SweepState | null, now: number): Check {
  const title = "Retention";
  if (state === null) {
    return {
      level: "ok",
      title,
      detail: "Has not run yet: it starts a minute after the server.",
    };
  }
  const { finished_at, kind, examined, removed, changed, before } = state;
  const done = `${removed} entries removed, ${changed} rewritten`;
  const detail = finished_at !== null
    ? `The last pass ended at ${
      new Date(finished_at).toISOString()
    }: ${examined} entries checked, ${done}.`
    : `A pass runs since ${
      new Date(state.started_at).toISOString()
    } and is at ${
      kind ?? "its beginning"
    }: ${examined} entries checked, ${done}.` +
      (before === null
        ? ""
        : ` The one before ended at ${
          new Date(before.finished_at).toISOString()
        }.`);
  const late = now - state.ran_at;
  return late > 2 * HOUR
    ? {
      level: "warn",
      title,
      detail: `${detail} It last ran ${
        spanText(late)
      } ago: is a server running?`,
    }
    : { level: "ok", title, detail };
}

/**
 * Warns in the log when all of the last hour's traffic shares one address: once, and again only
 * after it did not.
 */
export class AddressWatch {
  readonly #log: typeof logLine;
  #warned = false;

  constructor(log = logLine) {
    this.#log = log;
  }

  /** Looks at the hour that ends now; rejects where the store fails. */
  async look(
    { kv, now, config }: {
      kv: Deno.Kv;
      now: () => number;
      config: Pick<Config, "privacyIp">;
    },
  ): Promise<void> {
    const check = await checkAddresses(kv, now, config);
    const isWrong = check.level !== "ok";
    if (isWrong && !this.#warned) {
      this.#log("warn", "sys_one_client_address", {
        detail: check.detail,
        change: check.fix ?? null,
      });
    }
    this.#warned = isWrong;
  }
}

/** Whether the last hour's traffic shares one address, as it does behind an unknown proxy. */
export async function checkAddresses(
  kv: Deno.Kv,
  now: () => number,
  { privacyIp }: Pick<Config, "privacyIp">,
): Promise<Check> {
  const title = "Client addresses";
  const to = now() + 1;
  const seen = new Set<string>();
  let count = 0;
  for await (const records of scanRequests(kv, { from: to - HOUR, to }, now)) {
    count += records.length;
    for (const record of records) seen.add(record.ip_address);
    if (seen.size > 1) {
      return {
        level: "ok",
        title,
        detail: "Requests come from several addresses.",
      };
    }
  }
  const only = seen.values().next().value;
  if (only === undefined) {
    return { level: "ok", title, detail: "No request in the last hour." };
  }
  if (count < ENOUGH_REQUESTS) {
    return {
      level: "ok",
      title,
      detail: `${count} requests in the last hour, all from ${only}.`,
    };
  }
  if (privacyIp !== "full") {
    return {
      level: "warn",
      title,
      detail:
        `All ${count} requests of the last hour come from one address or network.`,
      fix: "TRUSTED_PROXIES=<the addresses of your proxies>, if there are any",
    };
  }
  const ip = parseIp(only);
  const isProxy = ip !== null && !isPublic(ip);
  return {
    level: "warn",
    title,
    detail: `All ${count} requests of the last hour come from ${only}.` +
      (isProxy
        ? " That is probably a proxy that hides the visitors' addresses."
        : ""),
    fix: `TRUSTED_PROXIES=${
      formatCidr(parseCidr(only))
    }, if that is your proxy`,
  };
}

/** What a running server knows of itself. */
export interface RunningParts {
  log: RequestLogStatus;
  lists: {
    stale: boolean;
    sizes: { blocked: number; safe: number };
    /** When KV last showed them, epoch ms. */
    lookedAt: number;
    error: string | null;
  };
}

/** What only the running server knows: whether requests are stored. */
export function checkLog(log: RequestLogStatus): Check {
  const title = "Request log";
  if (log.lastError !== null) {
    return {
      level: "bad",
      title,
      detail: `Cannot be written: ${log.lastError}`,
    };
  }
  return log.dropped > 0
    ? {
      level: "warn",
      title,
      detail:
        `${log.dropped} records were dropped because the store did not accept them.`,
    }
    : {
      level: "ok",
      title,
      detail:
        `${log.written} records written since start, ${log.waiting} waiting, none dropped; the last ones were stored ${log.lagMs} ms after they came.`,
    };
}

/** The geolocation data's age, or how their provider does. */
export function checkGeo(geo: GeoStatus, now: number): Check {
  const title = "Geolocation";
  if (geo.provider === "off") {
    return { level: "ok", title, detail: "Switched off." };
  }
  if (geo.error !== null) {
    return { level: "warn", title, detail: `${geo.provider}: ${geo.error}` };
  }
  if (geo.breaker === "open") {
    return {
      level: "warn",
      title,
      detail: `${geo.provider} failed: lookups are paused after failures.`,
    };
  }
  if (geo.builtAt === null) {
    return {
      level: "ok",
      title,
      detail: `${geo.provider}: ${geo.loaded ? "ready" : "being read"}.`,
    };
  }
  const age = now - geo.builtAt;
  const detail = `${geo.source}, built ${
    new Date(geo.builtAt).toISOString().slice(0, 10)
  }.`;
  return age > 365 * 24 * HOUR
    ? {
      level: "warn",
      title,
      detail: `${detail} That is over a year ago.`,
      fix: "deno update",
    }
    : { level: "ok", title, detail };
}
