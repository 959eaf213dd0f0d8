/**
 * Everything that a guard is made of, wired in one place: the app, the proxy and other people's apps
 * open the same thing.
 *
 * @module
 */
import { parseDuration } from "../base/duration.ts";
import { createCountryFilter } from "../geo/country_filter.ts";
import { createGeo, type Geo, type GeoProvider } from "../geo/geo.ts";
import { logLine } from "../base/log_line.ts";
import { type Cidr, parseCidr } from "../net/cidr.ts";
import type { AccessChange } from "../lists/access_entry.ts";
import { AccessLists } from "../lists/access_lists.ts";
import { BlockConfirmations } from "../lists/block_confirm.ts";
import { type ClientIp, createClientIp } from "./client_ip.ts";
import { Guard } from "./guard.ts";
import {
  type AddressStorage,
  openAddressStorage,
  type PrivacyMode,
} from "../privacy/address_storage.ts";
import { Receipts } from "../lists/receipts.ts";
import { recordCompleter } from "../log/record_completer.ts";
import { RequestLog } from "../log/request_log.ts";
import type { RequestRecord } from "../log/request_record.ts";

/** How a guard behaves; named as the environment's variables are, and all of it optional. */
export interface GuardSettings {
  /**
   * Addresses and CIDR ranges of your own proxies. Whoever connects from one of them can claim to be
   * anyone.
   *
   * @default {[]}
   */
  trustedProxies?: readonly (string | Cidr)[];
  /**
   * The one header that trusted proxies are believed in: `x-forwarded-for`, `forwarded`, or one with
   * a single address, such as `cf-connecting-ip`.
   *
   * @default {"x-forwarded-for"}
   */
  clientIpHeader?: string;
  /** How long requests stay in the log: milliseconds, or text such as `12h`. @default {"30d"} */
  logRetention?: string | number;
  /** How addresses are stored in the log. @default {"full"} */
  privacyIp?: PrivacyMode;
  /**
   * Where places come from; `embedded` holds a database of some 130 MB in memory.
   *
   * @default {"off"}
   */
  geoProvider?: GeoProvider;
  /** IPinfo's token. */
  ipinfoToken?: string | null;
  /** How long an external provider's answer is kept: milliseconds or text. @default {"24h"} */
  geoCacheTtl?: string | number;
  /** ISO codes of countries that are kept out; needs a `geoProvider`. */
  countryBlock?: readonly string[];
  /** ISO codes of the only countries that are let in; needs a `geoProvider`. */
  countryAllow?: readonly string[];
  /** Recovery: nothing is blocked, everything is logged. @default {false} */
  bypassBlocklist?: boolean;
  /**
   * Requests that the log leaves out.
   *
   * @default a successful GET or HEAD of what Fresh built, `/_fresh/js/…`
   */
  isUnlogged?: (method: string, path: string, status: number) => boolean;
  /** Sees every record before it is stored; on the way of each request, so keep it short. */
  onRecord?: (record: RequestRecord) => void;
  /** Told of what fails behind the responses. @default a line of JSON on standard error */
  onError?: (what: string, error: unknown) => void;
  /** Told of what this process has done to the lists. */
  onListChange?: (changes: readonly AccessChange[]) => void;
  /** Told after every look at the store whether it failed. */
  onLook?: (error: Error | null) => void;
  /** The clock, epoch ms. @default {Date.now} */
  now?: () => number;
}

/** A guard and its parts; see {@linkcode openGuard}. */
export interface OpenGuard extends AsyncDisposable {
  guard: Guard;
  clientIp: ClientIp;
  lists: AccessLists;
  log: RequestLog;
  receipts: Receipts;
  confirmations: BlockConfirmations;
  geo: Geo;
  /** How addresses are kept (`privacyIp`). */
  addresses: AddressStorage;
  /** Stores what is only in memory and lets go of everything but the store. */
  close(): Promise<void>;
}

/** {@linkcode GuardSettings} with texts read and what is needed at once filled in. */
type Compiled = ReturnType<typeof compile>;

/**
 * Opens a guard on a store: reads the lists, begins to follow them and to write the log.
 *
 * @throws {TypeError | SyntaxError | RangeError} at once, where a setting makes no sense; rejects
 * where the lists cannot be read.
 */
export function openGuard(
  kv: Deno.Kv,
  settings: GuardSettings = {},
): Promise<OpenGuard> {
  return open(kv, compile(settings));
}

/**
 * Throws what {@linkcode openGuard} would throw for these settings, without a store; and where a
 * country filter could never know a country.
 */
export function checkSettings(settings: GuardSettings): void {
  compile(settings);
  const { countryBlock = [], countryAllow = [], geoProvider = "off" } =
    settings;
  if (countryBlock.length + countryAllow.length > 0 && geoProvider === "off") {
    throw new TypeError(
      `Cannot filter by country with geoProvider "off": expected embedded, ipinfo or ipapi`,
    );
  }
}

function compile(settings: GuardSettings) {
  const { countryBlock = [], countryAllow = [], geoProvider = "off" } =
    settings;
  const filtersCountries = countryBlock.length + countryAllow.length > 0;
  const onError = settings.onError ?? reportError;
  return {
    settings,
    onError,
    now: settings.now ?? Date.now,
    geoProvider,
    retentionMs: milliseconds(settings.logRetention ?? "30d"),
    geoCacheTtlMs: milliseconds(settings.geoCacheTtl ?? "24h"),
    isUnlogged: settings.isUnlogged ?? isBuiltFile,
    isAllowed: filtersCountries && !settings.bypassBlocklist
      ? createCountryFilter({
        block: [...countryBlock],
        allow: [...countryAllow],
      })
      : null,
    clientIp: createClientIp({
      trustedProxies: settings.trustedProxies?.map((range) =>
        typeof range === "string" ? parseCidr(range, "trust") : range
      ),
      header: settings.clientIpHeader,
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
  { settings, onError, now, isAllowed, clientIp, ...compiled }: Compiled,
): Promise<OpenGuard> {
  const [lists, receipts, addresses] = await all([
    AccessLists.open(kv, {
      now,
      onLook: settings.onLook,
      onRefused: (error) => onError("sys_block_hits_fail", error),
      onLocal: settings.onListChange,
    }),
    Receipts.open(kv),
    openAddressStorage(kv, settings.privacyIp ?? "full", now),
  ]);
  const geo = createGeo({
    provider: compiled.geoProvider,
    kv,
    now,
    token: settings.ipinfoToken ?? undefined,
    cacheTtlMs: compiled.geoCacheTtlMs,
    nameOf: (ip) => addresses.nameOf("geo", ip),
  });
  // Nobody gets past the country filter while the database is still being read.
  if (isAllowed) await geo.whenReady();

  const log = new RequestLog({
    kv,
    now,
    retentionMs: compiled.retentionMs,
    complete: recordCompleter(geo, addresses),
    addresses: addresses.seal ? addresses : undefined,
    onError: (error) => onError("sys_request_log_fail", error),
  });
  const confirmations = new BlockConfirmations(
    receipts.keyFor("block_confirm"),
  );
  const { onRecord } = settings;
  const guard = new Guard({
    clientIp,
    match: settings.bypassBlocklist
      ? () => null
      : (ip, at) => lists.matchAgain(ip, at),
    onHit: ({ entry }) => lists.recordHit(entry),
    lets: (request, match) => confirmations.lets(request, match),
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
    now,
  });

  async function close(): Promise<void> {
    await log.close();
    await lists.close();
    await geo.close();
  }
  return {
    guard,
    clientIp,
    lists,
    log,
    receipts,
    confirmations,
    geo,
    addresses,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** `Promise.all` that lets go of the lists where one of the others fails. */
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

function milliseconds(duration: string | number): number {
  return typeof duration === "number" ? duration : parseDuration(duration);
}

function isBuiltFile(method: string, path: string, status: number): boolean {
  return status < 400 && (method === "GET" || method === "HEAD") &&
    path.startsWith("/_fresh/js/");
}

function reportError(what: string, error: unknown): void {
  logLine("error", what, { error: String(error) });
}
