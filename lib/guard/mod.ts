/**
 * The guard for other apps: address, lists, country and request log before any handler, and the
 * limits to use behind it. See docs/embedding.md.
 *
 * @module
 */
export { guard } from "./middleware.ts";
export type {
  EnclosableApp,
  FreshContext,
  FreshGuard,
  GuardMiddleware,
} from "./middleware.ts";
export type { FreshApp, FreshHandler } from "./enclose.ts";
export type { CityDatabase } from "../geo/city_database.ts";
export type { GeoProvider } from "../geo/geo.ts";
export type { Family } from "../geo/mmdb.ts";
export type { Bytes } from "../geo/pages.ts";
export type { FieldReader, RequestView } from "../http/request_view.ts";
export type { AccessEntry } from "../lists/access_entry.ts";
export type { AccessOrder } from "../lists/access_commit.ts";
export type { BlockOrder, Changed, Removed } from "../lists/access_store.ts";
export type { Protected } from "../lists/access_refusal.ts";
export type { Cidr } from "../net/cidr.ts";
export type { Ip } from "../net/ip.ts";
export { OUTCOMES } from "../log/request_record.ts";
export type { Outcome, RequestRecord } from "../log/request_record.ts";
export type { Who } from "../policy/policy.ts";
export type { GuardOption, SettingOptions } from "../settings/options.ts";
export { guardHandler } from "./handler.ts";
export type { GuardedHandler } from "./handler.ts";
export type { GuardedInfo } from "./info.ts";
export type { GuardControls, GuardOptions } from "./lazy_guard.ts";
export { openGuard } from "./open_guard.ts";
export type { GuardSettings, OpenGuard } from "./open_guard.ts";
export type { OnRefuse, Refusal } from "./policy_gate.ts";
export type { RemoteUser, Visitor } from "./visitor.ts";
export { createThrottle } from "../limits/throttle.ts";
export type {
  Decision,
  Throttle,
  ThrottleOptions,
} from "../limits/throttle.ts";
export { parseRate } from "../limits/rate.ts";
export type { Rate } from "../limits/rate.ts";
export { limitedProblem } from "./limited.ts";
export { allowIp, blockIp, unblockIp } from "../lists/access_store.ts";
