import type { AccessLists } from "../lists/access_lists.ts";
import type { TraceStore } from "./address_traces.ts";

/** What erasing works on, in a server. */
export function traceStore(
  { lists, ...parts }: Omit<TraceStore, "applyLocal"> & {
    lists: Pick<AccessLists, "applyLocal">;
  },
): TraceStore {
  return {
    kv: parts.kv,
    now: parts.now,
    addresses: parts.addresses,
    config: parts.config,
    applyLocal: (changes) => lists.applyLocal(changes),
  };
}
