/**
 * Everything a process opens once and the routes, jobs and tasks then share.
 *
 * @module
 */
import { type Accounts, openAccounts } from "./accounts/open_accounts.ts";
import type { Config } from "./config.ts";
import {
  type DetectionResult,
  type JobOptions,
  runDetection,
} from "./detection/job.ts";
import { jobOptions } from "./detection/job_options.ts";
import { createCountryFilter } from "./geo/country_filter.ts";
import { createGeo, type Geo } from "./geo/geo.ts";
import { AccessLists } from "./guard/access_lists.ts";
import { BlockConfirmations } from "./guard/block_confirm.ts";
import { type ClientIp, createClientIp } from "./guard/client_ip.ts";
import { Guard } from "./guard/guard.ts";
import { Metrics } from "./guard/metrics.ts";
import { addressStorage } from "./guard/privacy.ts";
import { recordCompleter } from "./guard/record_completer.ts";
import { Receipts } from "./guard/receipts.ts";
import { RequestLog } from "./guard/request_log.ts";
import type { RequestRecord } from "./guard/request_record.ts";
import { createThrottle, type Throttle } from "./guard/throttle.ts";
import { logLine } from "./log_line.ts";
import { Outage } from "./store/outage.ts";

/** See {@linkcode openServices}. */
export interface Services {
  config: Config;
  kv: Deno.Kv;
  now: () => number;
  startedAt: number;
  clientIp: ClientIp;
  lists: AccessLists;
  /** Whether the store is down, and who says so. */
  outage: Outage;
  guard: Guard;
  log: RequestLog;
  metrics: Metrics;
  receipts: Receipts;
  confirmations: BlockConfirmations;
  geo: Geo;
  geoThrottle: Throttle;
  accounts: Accounts;
  /** What every run of the rules over the request log needs. */
  jobOptions(): Promise<JobOptions>;
  /** Runs the rules over the hour that ends at `at`, now by default. */
  detect(options: { at?: number; dryRun?: boolean }): Promise<DetectionResult>;
  /** Stores what is only in memory and lets go of everything but `kv`, which the opener closes. */
  close(): Promise<void>;
}

/** What {@linkcode openServices} is given. */
export interface ServicesOptions {
  config: Config;
  kv: Deno.Kv;
  /** @default {Date.now} */
  now?: () => number;
  /** Paths of the files in `static/`, which the request log leaves out. */
  staticPaths?: ReadonlySet<string>;
}

/** Opens what the app runs on. Rejects where the lists cannot be read from KV. */
export async function openServices(
  { config, kv, now = Date.now, staticPaths = new Set() }: ServicesOptions,
): Promise<Services> {
  const metrics = new Metrics();
  const outage = new Outage({ now });
  const [lists, receipts, storeAddress] = await Promise.all([
    AccessLists.open(kv, {
      now,
      onLook: (error) => error ? outage.failed(error) : outage.answered(),
    }),
    Receipts.open(kv),
    addressStorage(kv, config.privacyIp),
  ]);
  const geo = createGeo({
    provider: config.geoProvider,
    kv,
    now,
    token: config.ipinfoToken ?? undefined,
    cacheTtlMs: config.geoCacheTtl,
  });
  const filtersCountries =
    config.countryBlock.length + config.countryAllow.length > 0;
  const isAllowed = createCountryFilter({
    block: config.countryBlock,
    allow: config.countryAllow,
  });
  // Nobody gets past the country filter while the database is still being read.
  if (filtersCountries) await geo.whenReady();

  const log = new RequestLog({
    kv,
    now,
    retentionMs: config.logRetention,
    complete: recordCompleter(geo, storeAddress),
    onError: (error) =>
      logLine("error", "sys_request_log_fail", { error: String(error) }),
  });
  const confirmations = new BlockConfirmations(
    receipts.keyFor("block_confirm"),
  );
  const clientIp = createClientIp({
    trustedProxies: config.trustedProxies,
    header: config.clientIpHeader,
    onIgnored: (peer, header) =>
      logLine("warn", "sys_untrusted_forwarding_header", {
        peer,
        header,
        hint: `if ${peer} is your proxy, set TRUSTED_PROXIES=${peer}`,
      }),
  });
  const guard = new Guard({
    clientIp,
    match: config.bypassBlocklist
      ? () => null
      : (ip, at) => lists.match(ip, at),
    onHit: ({ entry }) => lists.recordHit(entry),
    lets: (request, match) => confirmations.lets(request, match),
    allowsCountry: filtersCountries && !config.bypassBlocklist
      ? (ip) => isAllowed(geo.peek(ip)?.country_code ?? null)
      : undefined,
    receipt: (ip) => receipts.of(ip),
    append(record: RequestRecord) {
      metrics.count(record);
      log.append(record);
    },
    isUnlogged: (method, path, status) =>
      path === "/healthz" || path === "/metrics" ||
      status < 400 && (method === "GET" || method === "HEAD") &&
        (path.startsWith("/_fresh/js/") || staticPaths.has(path)),
    now,
  });
  const accounts = await openAccounts({
    ...{ config, kv, now, storeAddress },
    place: (ip) => geo.peek(ip) ?? null,
  });

  const services: Services = {
    config,
    kv,
    now,
    startedAt: now(),
    clientIp,
    lists,
    outage,
    guard,
    log,
    metrics,
    receipts,
    confirmations,
    geo,
    geoThrottle: createThrottle({ kv, now, name: "geo" }),
    accounts,
    jobOptions: () => jobOptions({ kv, now, config }),
    async detect(options) {
      // What this process still holds belongs to the hour, too.
      await log.flush();
      return await runDetection({ ...await services.jobOptions(), ...options });
    },
    async close() {
      await log.close();
      await lists.close();
      await geo.close();
      await accounts.close();
    },
  };
  return services;
}
