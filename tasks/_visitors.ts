import { operatorsFor } from "../lib/app/operators.ts";
import { CrawlerRanges } from "../lib/bots/crawler_ranges.ts";
import { systemResolver } from "../lib/bots/resolver.ts";
import { crawlerVerifier } from "../lib/bots/verify.ts";
import type { JobSetup } from "../lib/detection/job_options.ts";
import type { Operators } from "../lib/geo/open_operators.ts";
import type { AddressStorage } from "../lib/privacy/address_storage.ts";
import type { TaskStore } from "./_store.ts";

/**
 * What the server knows about visitors, for the rules that a task runs: whether a crawler is
 * genuine, and the network operator. Without it, a task would report clients that the server does
 * not.
 */
export async function openVisitors(
  { kv, config, now }: TaskStore,
  addresses: Pick<AddressStorage, "nameOf">,
): Promise<
  & Required<Pick<JobSetup, "crawlers" | "operatorOf">>
  & { operators: Operators }
> {
  const ranges = new CrawlerRanges({ now });
  // With the table that the build has packed, if there is one.
  const operators = operatorsFor(
    config,
    new URL("../_fresh/", import.meta.url),
  );
  await Promise.all([ranges.load(kv), operators.ready()]);
  return {
    crawlers: crawlerVerifier({
      ...{ resolver: systemResolver, now, kv, ranges },
      nameOf: (ip) => addresses.nameOf("crawler", ip),
    }),
    operators,
    operatorOf: (ip) => operators.operatorOf(ip),
  };
}
