import type { Config } from "../settings/config.ts";
import { protectedAddresses } from "../detection/protected_addresses.ts";
import type { FeedContext } from "./enforce.ts";
import { listFetcher } from "./fetch_list.ts";

/** What feeds run on, from what a process has; `also` are addresses that must not be blocked either. */
export function feedContext(
  { kv, now, config, fetchList, applyLocal }:
    & { kv: Deno.Kv; now: () => number; config: Config }
    & Partial<Pick<FeedContext, "fetchList" | "applyLocal">>,
  also: readonly string[] = [],
): FeedContext {
  return {
    kv,
    now,
    fetchList: fetchList ??
      listFetcher({ allowPrivate: config.outboundPrivate }),
    trustedProxies: config.trustedProxies,
    privacy: config.privacyIp,
    protectedIps:
      async () => [...await protectedAddresses({ kv, now }), ...also],
    applyLocal,
  };
}
