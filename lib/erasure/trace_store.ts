import type { Services } from "../app/services.ts";
import type { TraceStore } from "./address_traces.ts";

/** What erasing works on, in a server. */
export function traceStore(
  { kv, now, addresses, config, lists }: Services,
): TraceStore {
  return {
    ...{ kv, now, addresses, config },
    applyLocal: (changes) => lists.applyLocal(changes),
  };
}
