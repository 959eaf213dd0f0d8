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
  GuardMiddleware,
} from "./middleware.ts";
export { guardHandler } from "./handler.ts";
export type { GuardedHandler } from "./handler.ts";
export type { GuardedInfo } from "./info.ts";
export type { GuardControls, GuardOptions } from "./lazy_guard.ts";
export { openGuard } from "./open_guard.ts";
export type { GuardSettings, OpenGuard } from "./open_guard.ts";
export type { OnRefuse, Refusal } from "./policy_gate.ts";
export type { Visitor } from "./visitor.ts";
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
