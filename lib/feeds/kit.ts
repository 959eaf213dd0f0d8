import type { Config } from "../settings/config.ts";
import { protectedAddresses } from "../detection/protected_addresses.ts";
import type { FeedKit } from "./enforce.ts";
import { listFetcher } from "./fetch_list.ts";

/** What feeds run on, from what a process has; `also` are addresses that must not be blocked either. */
export function feedKit(
  { kv, now, config, fetchList, applyLocal }:
    & { kv: Deno.Kv; now: () => number; config: Config }
    & Partial<Pick<FeedKit, "fetchList" | "applyLocal">>,
  also: readonly string[] = [],
): FeedKit {
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
