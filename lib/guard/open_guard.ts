/**
 * Creates all parts of a guard in one place, for the app, the proxy and embedding apps.
 *
 * @module
 */
import { remoteUserReader } from "./remote_user.ts";
import { readAnswerTemplates } from "./answer_templates.ts";
import { reportFailure } from "../base/error_words.ts";
import { createCountryFilter } from "../geo/country_filter.ts";
import { type CityDatabase, cityDatabase } from "../geo/city_database.ts";
import { createGeo, type Geo, type GeoProvider } from "../geo/geo.ts";
import { hostFilter } from "../http/host.ts";
import { logLine } from "../base/log_line.ts";
import { parseGuardOptions } from "../settings/guard_options.ts";
import type { GuardOption, SettingOptions } from "../settings/options.ts";
import type { AccessChange } from "../lists/access_entry.ts";
import { AccessLists } from "../lists/access_lists.ts";
import { BlockConfirmations } from "../lists/block_confirm.ts";
import { type ClientIp, createClientIp } from "./client_ip.ts";
import { Guard } from "./guard.ts";
import {
  type AddressStorage,
  openAddressStorage,
} from "../privacy/address_storage.ts";
import { Receipts } from "../lists/receipts.ts";
import { recordCompleter } from "../log/record_completer.ts";
import { RequestLog } from "../log/request_log.ts";
import { CrawlerRanges } from "../bots/crawler_ranges.ts";
import { systemResolver } from "../bots/resolver.ts";
import { type CrawlerVerifier, crawlerVerifier } from "../bots/verify.ts";
import {
  noOperators,
  type Operators,
  operatorsBy,
} from "../geo/open_operators.ts";
import {
  closeDatabases,
  openOwnDatabases,
  operatorIn,
} from "../geo/own_databases.ts";
import type { RequestView } from "../http/request_view.ts";
import { Policy, type Who } from "../policy/policy.ts";
import { readRules } from "../policy/read_rules.ts";
import { type OnRefuse, PolicyGate } from "./policy_gate.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { bringUpToDate } from "../store/schema.ts";

/**
 * The settings of a guard; all optional. They are named as their variables are, in camel case
 * (`lib/settings/options.ts`), and also accept the text of a variable.
 *
 * @example
 * ```ts
 * import type { GuardSettings } from "@portcullis/portcullis/guard";
 *
 * const settings: GuardSettings = {
 *   trustedProxies: ["10.0.0.0/8"],
 *   countryBlock: ["KP"],
 *   geoProvider: "ipapi",
 * };
 * ```
 */
export interface GuardSettings extends Pick<SettingOptions, GuardOption> {
  /**
   * The source of geolocation; `embedded` is DB-IP's city database, an npm package of 134 MB on
   * disk.
   *
   * @default {"off"}
   */
  geoProvider?: GeoProvider;
  /**
   * The city database, which is only downloaded if imported:
   * `import { dbip } from "@portcullis/portcullis/dbip"`.
   */
  geo?: CityDatabase | (() => CityDatabase);
  /** Opens the database of one family instead of the packaged one. */
  readDatabase?: CityDatabase["read"];
  /**
   * Rules, as in docs/policy.md. Without them those of `policyFile` apply, else those in the store.
   */
  policy?: readonly unknown[];
  /** Creates the response to requests that a rule refuses. */
  onRefuse?: OnRefuse;
  /** The signed-in user; called if a rule needs it. */
  whoIs?: (request: RequestView) => Promise<Who | null>;
  /** Requests that no rule is evaluated for. */
  isExempt?: (method: string, path: string) => boolean;
  /** Addresses that no rule may block, as stored. */
  protectedAddresses?: () => Promise<ReadonlySet<string>>;
  /**
   * Finds the operator of an address's network.
   *
   * @default no operator is known
   * @internal
   */
  operators?: Pick<Operators, "operatorOf">;
  /**
   * Verifies crawlers.
   *
   * @default by the DNS and published ranges
   * @internal
   */
  crawlers?: Pick<CrawlerVerifier, "peek">;
  /**
   * Requests that are not logged.
   *
   * @default a successful GET or HEAD of what Fresh built, `/_fresh/js/…`
   */
  isUnlogged?: (method: string, path: string, status: number) => boolean;
  /** Gets every record before it is stored; runs within each request, so keep it short. */
  onRecord?: (record: RequestRecord) => void;
  /** Called with errors that do not show in responses. @default a line of JSON on standard error */
  onError?: (what: string, error: unknown) => void;
  /**
   * Called with changes that this process makes to the lists.
   *
   * @internal
   */
  onListChange?: (changes: readonly AccessChange[]) => void;
  /** Called after every poll of the store, with its error or null. */
  onPoll?: (error: Error | null) => void;
  /** The clock, epoch ms. @default {Date.now} */
  now?: () => number;
}

/**
 * A guard and its parts; see {@linkcode openGuard}. They change without notice.
 *
 * @internal
 *
 * @example
 * ```ts
 * import { type OpenGuard, openGuard } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * const opened: OpenGuard = await openGuard(kv);
 * await opened.close();
 * ```
 */
export interface OpenGuard extends AsyncDisposable {
  guard: Guard;
  clientIp: ClientIp;
  lists: AccessLists;
  log: RequestLog;
  receipts: Receipts;
  /** The rules in force. */
  policy: Policy;
  confirmations: BlockConfirmations;
  geo: Geo;
  /** How addresses are stored (`privacyIp`). */
  addresses: AddressStorage;
  /** Stores what is only in memory and closes everything but the store. */
  close(): Promise<void>;
}

/** {@linkcode GuardSettings} with parsed values and the defaults needed at once. */
type Compiled = ReturnType<typeof compile>;

/**
 * Opens a guard on a store: reads the lists, starts to follow their changes and to write the log.
 *
 * @throws {ConfigError} synchronously if a setting is invalid; rejects if the lists cannot be read,
 * and with a `SchemaError` if the store was written by a newer version.
 *
 * @example
 * ```ts
 * import { openGuard } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * await using opened = await openGuard(kv, { logRetention: "7d" });
 * ```
 */
export function openGuard(
  kv: Deno.Kv,
  settings: GuardSettings = {},
): Promise<OpenGuard> {
  return open(kv, compile(settings));
}

/**
 * The values of these settings. Throws what {@linkcode openGuard} would throw for them, without a
 * store; also if a country filter has no source of countries.
 */
export function checkSettings(
  settings: GuardSettings,
): Pick<Compiled["values"], "requestDeadline"> {
  const { values } = compile(settings);
  const { countryBlock, countryAllow, geoProvider } = values;
  if (countryBlock.length + countryAllow.length > 0 && geoProvider === "off") {
    throw new TypeError(
      `Cannot filter by country with geoProvider "off": expected embedded, ipinfo or ipapi`,
    );
  }
  return values;
}

function compile(settings: GuardSettings) {
  const values = parseGuardOptions({
    ...settings,
    geoProvider: providerOf(settings),
  });
  const { trustedProxies, countryBlock, countryAllow, allowedHosts } = values;
  const filtersCountries = countryBlock.length + countryAllow.length > 0;
  if (settings.policy) readRules(settings.policy);
  return {
    settings,
    values,
    onError: settings.onError ?? reportFailure,
    now: settings.now ?? Date.now,
    readDatabase: settings.readDatabase ??
      (settings.geo && cityDatabase(settings.geo).read),
    isUnlogged: settings.isUnlogged ?? isBuiltFile,
    isAllowed: filtersCountries && !values.bypassBlocklist
      ? createCountryFilter({ block: countryBlock, allow: countryAllow })
      : null,
    allowsHost: allowedHosts.length > 0 ? hostFilter(allowedHosts) : undefined,
    clientIp: createClientIp({
      trustedProxies,
      header: values.clientIpHeader,
      onIgnored: (peer, header) =>
        logLine("warn", "sys_untrusted_forwarding_header", {
          peer,
          header,
          hint: `if ${peer} is your proxy, set TRUSTED_PROXIES=${peer}`,
        }),
    }),
  };
}

async function open(
  kv: Deno.Kv,
  { settings, values, onError, now, isAllowed, clientIp, ...compiled }:
    Compiled,
): Promise<OpenGuard> {
  // With an embedded guard no other server migrates the store.
  await bringUpToDate(kv);
  const [lists, receipts, addresses] = await all([
    AccessLists.open(kv, {
      now,
      onPoll: settings.onPoll,
      onRefused: (error) => onError("sys_block_hits_fail", error),
      onLocal: settings.onListChange,
    }),
    Receipts.open(kv),
    openAddressStorage(kv, values.privacyIp, now),
  ]);
  const templates = values.answerTemplates === null
    ? null
    : await readAnswerTemplates(values.answerTemplates);
  const databases = openOwnDatabases(values.geoDatabase);
  const geo = createGeo({
    ownDatabases: databases,
    provider: values.geoProvider,
    readDatabase: compiled.readDatabase,
    kv,
    now,
    token: values.ipinfoToken ?? undefined,
    cacheTtlMs: values.geoCacheTtl,
    nameOf: (ip) => addresses.nameOf("geo", ip),
  });
  // The country filter must not miss anyone while the database is still loading.
  if (isAllowed) await geo.whenReady();

  const operators = settings.operators ??
    (databases.asn.length > 0
      ? operatorsBy(operatorIn(databases.asn))
      : noOperators);
  const addsNothing = values.geoProvider === "off" &&
    operators === noOperators && addresses.mode === "full";
  const log = new RequestLog({
    kv,
    now,
    retentionMs: values.logRetention,
    complete: addsNothing
      ? undefined
      : recordCompleter(geo, addresses, operators),
    addresses: addresses.seal ? addresses : undefined,
    onError: (error) => onError("sys_request_log_fail", error),
  });
  const confirmations = new BlockConfirmations(
    receipts.keyFor("block_confirm"),
  );
  const { onRecord } = settings;
  const publicOrigin = values.publicOrigin[0] ?? null;
  const crawlers = settings.crawlers ?? crawlerVerifier({
    ...{
      kv,
      now,
      resolver: systemResolver,
      ranges: new CrawlerRanges({ now }),
    },
    nameOf: (ip) => addresses.nameOf("crawler", ip),
  });
  const policy = await Policy.open({
    ...{ kv, now, addresses, onError },
    key: receipts.keyFor("challenge"),
    rules: settings.policy,
    file: values.policyFile,
    https: publicOrigin?.startsWith("https:") ?? null,
    trustedProxies: values.trustedProxies,
    ipv6Prefix: values.ipv6Prefix,
    whoIs: settings.whoIs,
    protectedAddresses: settings.protectedAddresses,
    applyLocal: (changes) => lists.applyLocal(changes),
    knowledge: {
      country: (ip) => geo.peek(ip)?.country_code ?? null,
      operator: (ip) => operators.operatorOf(ip),
      verified: (ip, agent) => VERIFIED[crawlers.peek(ip, agent) ?? "unknown"],
    },
  }).catch(async (error) => {
    await log.close();
    await lists.close();
    await geo.close();
    closeDatabases(databases);
    throw error;
  });
  const guard = new Guard({
    clientIp,
    remoteUser: remoteUserReader(values, clientIp),
    match: values.bypassBlocklist
      ? () => null
      : (ip, at) => lists.matchAgain(ip, at),
    onHit: ({ entry }) => lists.recordHit(entry),
    mayPass: (request, match) => confirmations.mayPass(request, match),
    allowsCountry: isAllowed
      ? (ip) => isAllowed(geo.peek(ip)?.country_code ?? null)
      : undefined,
    receipt: (ip) => receipts.of(ip),
    append: onRecord
      ? (record) => {
        onRecord(record);
        log.append(record);
      }
      : (record) => log.append(record),
    isUnlogged: compiled.isUnlogged,
    allowsHost: compiled.allowsHost,
    ownHosts: (publicOrigin ?? "").split(",").flatMap((origin) =>
      URL.parse(origin.trim())?.host ?? []
    ),
    policy: values.bypassBlocklist ? undefined : new PolicyGate({
      policy,
      publicOrigin,
      receipt: (ip) => receipts.of(ip),
      onRefuse: templates === null
        ? settings.onRefuse
        : async (request, decision) =>
          await settings.onRefuse?.(request, decision) ??
            templates(request, decision),
      isExempt: settings.isExempt,
    }),
    now,
  });

  async function close(): Promise<void> {
    await policy.close();
    await log.close();
    await lists.close();
    await geo.close();
    // Without geolocation nothing else closes the operators' databases.
    closeDatabases(databases);
  }
  return {
    guard,
    clientIp,
    lists,
    log,
    receipts,
    policy,
    confirmations,
    geo,
    addresses,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const VERIFIED = { verified: true, disproved: false, unknown: null } as const;

/** `Promise.all` that closes the lists if one of the others fails. */
async function all<T>(
  opening: [Promise<AccessLists>, Promise<Receipts>, Promise<T>],
): Promise<[AccessLists, Receipts, T]> {
  try {
    return await Promise.all(opening);
  } catch (error) {
    opening[0].then((lists) => lists[Symbol.dispose](), () => {});
    throw error;
  }
}

/** A database that is passed in is used by default. */
function providerOf({ geo, geoProvider }: GuardSettings): GeoProvider {
  return geoProvider ?? (geo === undefined ? "off" : "embedded");
}

/** A file of Fresh's build; every page loads some. */
export function isBuiltFile(
  method: string,
  path: string,
  status: number,
): boolean {
  return isGotten(method, status) && path.startsWith("/_fresh/js/");
}

/** Whether a request only read something, and succeeded. */
export function isGotten(method: string, status: number): boolean {
  return status < 400 && (method === "GET" || method === "HEAD");
}
