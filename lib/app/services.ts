/**
 * Everything a process opens once and the routes, jobs and tasks then share.
 *
 * @module
 */
import { openAccounts } from "../accounts/open_accounts.ts";
import { Provider } from "../accounts/provider.ts";
import { whoIs } from "../accounts/who_is.ts";
import type { ConsoleParts } from "../console/console_parts.ts";
import type { Config } from "../settings/config.ts";
import {
  type DetectionResult,
  type JobOptions,
  runDetection,
} from "../detection/job.ts";
import { type Alerts, openAlerts } from "../alerts/alerts.ts";
import { CrawlerRanges } from "../bots/crawler_ranges.ts";
import { type Resolver, systemResolver } from "../bots/resolver.ts";
import { type CrawlerVerifier, crawlerVerifier } from "../bots/verify.ts";
import { logFindings } from "../detection/finding_log.ts";
import { jobOptions, type JobSetup } from "../detection/job_options.ts";
import { createPacer } from "../detection/pacer.ts";
import { protectedAddresses } from "../detection/protected_addresses.ts";
import type { FeedContext } from "../feeds/enforce.ts";
import type { FetchList } from "../feeds/fetch_list.ts";
import { feedContext } from "../feeds/context.ts";
import type { Geo } from "../geo/geo.ts";
import { noOperators, type Operators } from "../geo/open_operators.ts";
import type { ClientIp } from "../guard/client_ip.ts";
import type { Guard } from "../guard/guard.ts";
import { logListChanges } from "../lists/list_log.ts";
import { Metrics } from "./metrics.ts";
import {
  type GuardSettings,
  isBuiltFile,
  isGotten,
  openGuard,
} from "../guard/open_guard.ts";
import type { Visitor } from "../guard/visitor.ts";
import { pathBelow } from "../http/base_path.ts";
import type { Policy } from "../policy/policy.ts";
import type { Receipts } from "../lists/receipts.ts";
import type { RequestLog } from "../log/request_log.ts";
import { cookieScope } from "../http/cookie_scope.ts";
import { OpenEnds } from "../http/open_ends.ts";
import { RequestTail } from "../log/request_tail.ts";
import { logLine } from "../base/log_line.ts";
import { createThrottle, type Throttle } from "../limits/throttle.ts";
import { reverseNames } from "../console/reverse_name.ts";
import { Outage } from "../store/outage.ts";

/** See {@linkcode openServices}. */
export interface Services extends ConsoleParts {
  startedAt: number;
  clientIp: ClientIp;
  /** Whether the store is down. */
  outage: Outage;
  guard: Guard;
  log: RequestLog;
  /** Follows the log of every process. */
  tail: RequestTail;
  metrics: Metrics;
  receipts: Receipts;
  /** The rules in force. */
  policy: Policy;
  geo: Geo;
  geoThrottle: Throttle;
  /** Who runs the network of an address. */
  operators: Operators;
  /** Verifies crawlers. */
  crawlers: CrawlerVerifier;
  crawlerRanges: CrawlerRanges;
  /** Alerts. */
  alerts: Alerts;
  alertTestThrottle: Throttle;
  /** What runs of the rules are set up with. */
  jobSetup: JobSetup;
  /** What every run of the rules over the request log needs. */
  jobOptions(): Promise<JobOptions>;
  /** Runs the rules over the hour that ends at `at`, now by default. */
  detect(options: { at?: number; dryRun?: boolean }): Promise<DetectionResult>;
  /** Fetches the list of ranges that a crawler's operator publishes. */
  fetchPublished(url: string): Promise<string>;
  /**
   * The context of feeds; `also` are further addresses that no list may block, such as the
   * caller's.
   */
  feeds(also?: readonly string[]): FeedContext;
  /** Open streams and downloads, which are ended when their visitor is blocked. */
  ends: OpenEnds;
  /** The OpenID Connect provider, or null. */
  provider: Provider | null;
  providerThrottle: Throttle;
  /** Decides who may use the console in an embedding app, in place of accounts. */
  authorize: Authorize | null;
  /** Stores what is only in memory and closes everything but `kv`, which the opener closes. */
  close(): Promise<void>;
}

/** What {@linkcode openServices} is given. */
export interface ServicesOptions {
  config: Config;
  kv: Deno.Kv;
  /** @default {Date.now} */
  now?: () => number;
  /** @default {systemResolver} */
  resolver?: Resolver;
  /** @default {listFetcher} */
  fetchList?: FetchList;
  /** @default {noOperators} */
  operators?: Operators;
  /** Paths of the files in `static/`, which the request log leaves out. */
  staticPaths?: ReadonlySet<string>;
  /** The embedding app's options. */
  host?: HostSettings;
}

/** Options of an embedding app. */
export interface HostSettings extends
  Pick<
    GuardSettings,
    "policy" | "onRefuse" | "whoIs" | "isUnlogged" | "onRecord" | "onError"
  > {
  /** The console's base path, such as `/portcullis`; null: no console. */
  console: string | null;
  /** Who may use the console, in place of accounts of its own. */
  authorize?: Authorize;
  /** Opens the city database where it is not the packaged one. */
  readDatabase?: GuardSettings["readDatabase"];
}

/** Whether who sent a request may use the console, as an admin. */
export type Authorize = (
  request: Request,
  visitor: Visitor,
) => boolean | Promise<boolean>;

/** Opens what the app runs on. Rejects where the lists cannot be read from KV. */
export async function openServices(
  {
    config,
    kv,
    now = Date.now,
    resolver = systemResolver,
    fetchList,
    operators = noOperators,
    staticPaths = new Set(),
    host,
  }: ServicesOptions,
): Promise<Services> {
  const metrics = new Metrics();
  const outage = new Outage({ now });
  /** The console's path without its base; null for paths of the host app. */
  const pathOfOurs = (path: string): string | null =>
    host === undefined ? path : pathBelow(host.console, path);
  const opened = await openGuard(kv, {
    ...config,
    now,
    operators,
    crawlers: { peek: (ip, agent) => crawlers.peek(ip, agent) },
    whoIs: async (request) =>
      await host?.whoIs?.(request) ??
        await whoIs(accounts, request, cookieScope(config, request, false)),
    protectedAddresses: () => protectedAddresses({ kv, now }),
    ...host && {
      policy: host.policy,
      onRefuse: host.onRefuse,
      readDatabase: host.readDatabase,
      ...host.onError && { onError: host.onError },
    },
    isExempt: (_, path) => pathOfOurs(path) === "/healthz",
    onPoll: (error) => error ? outage.failed(error) : outage.answered(),
    onListChange: logListChanges,
    onRecord(record) {
      metrics.count(record);
      host?.onRecord?.(record);
    },
    isUnlogged(method, path, status) {
      const ours = pathOfOurs(path);
      if (ours === null) {
        return (host?.isUnlogged ?? isBuiltFile)(method, path, status);
      }
      return ours === "/healthz" || ours === "/metrics" ||
        isBuiltFile(method, ours, status) ||
        isGotten(method, status) && staticPaths.has(ours);
    },
  });
  const {
    guard,
    clientIp,
    lists,
    log,
    receipts,
    policy,
    confirmations,
    geo,
    addresses,
  } = opened;
  const alerts = openAlerts({ config, kv, now });
  const accounts = await openAccounts({
    ...{ config, kv, now, addresses },
    place: (ip) => geo.peek(ip) ?? null,
    onNewCountry({ ip_address, country, city }, username, known) {
      const login = { username, ip_address, country: country!, city, known };
      // A store that is down is reported elsewhere.
      alerts.send({ type: "new_country", ...login }).catch(() => {});
    },
  });

  const crawlerRanges = new CrawlerRanges({ now });
  await crawlerRanges.load(kv);
  const crawlers = crawlerVerifier({
    ...{ resolver, now, kv, ranges: crawlerRanges },
    nameOf: (ip) => addresses.nameOf("crawler", ip),
  });
  const jobSetup: JobSetup = {
    kv,
    now,
    config,
    addresses,
    crawlers,
    operatorOf: (ip) => operators.operatorOf(ip),
    pace: createPacer({ answered: () => metrics.total }),
    alertFindings: alerts.findings,
    onNews: logFindings,
    applyLocal: (changes) => lists.applyLocal(changes),
    log: (message) => logLine("info", "sys_detect", { message }),
  };

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
    addresses,
    tail: new RequestTail({ kv, now }),
    ends: new OpenEnds(),
    metrics,
    receipts,
    policy,
    confirmations,
    geo,
    geoThrottle: createThrottle({ kv, now, name: "geo" }),
    operators,
    crawlers,
    crawlerRanges,
    resolver,
    reverseName: reverseNames({ resolver, now }),
    accounts,
    alerts,
    alertTestThrottle: createThrottle({ kv, now, name: "alert-test" }),
    jobSetup,
    jobOptions: () => jobOptions(jobSetup),
    provider: config.oidcIssuer === null ? null : new Provider({
      issuer: config.oidcIssuer,
      clientId: config.oidcClientId!,
      clientSecret: config.oidcClientSecret,
      scopes: config.oidcScopes,
      nameClaim: config.oidcNameClaim,
      rolesClaim: config.oidcRolesClaim,
    }, { now, label: config.oidcLabel }),
    providerThrottle: createThrottle({ kv, now, name: "provider-login" }),
    authorize: host?.authorize ?? null,
    async detect(options) {
      // Records not yet stored by this process belong to the hour, too.
      await Promise.all([log.flush(), accounts.activity.flush()]);
      return await runDetection({ ...await services.jobOptions(), ...options });
    },
    async fetchPublished(url) {
      const fetched = await services.feeds().fetchList(url, null);
      return fetched.kind === "list"
        ? new TextDecoder().decode(fetched.body)
        : "";
    },
    feeds: (also) =>
      feedContext({
        ...{ kv, now, config, fetchList },
        applyLocal: (changes) => lists.applyLocal(changes),
      }, also),
    async close() {
      services.tail.close();
      // Storing what is in memory has priority over alerts.
      const alertsClosed = alerts.close();
      await opened.close();
      await operators.close();
      await accounts.close();
      await alertsClosed;
    },
  };
  return services;
}
