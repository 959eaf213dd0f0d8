import { adminNames } from "../accounts/users.ts";
import type { Config } from "../config.ts";
import { requestSource } from "../guard/request_query.ts";
import type { JobOptions } from "./job.ts";
import { allRules } from "./rules/mod.ts";

/**
 * What every run of the rules works with: the stored log, and all rules as they are configured.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function jobOptions(
  { kv, now, config }: { kv: Deno.Kv; now: () => number; config: Config },
): Promise<JobOptions> {
  const admins = await adminNames({ kv });
  const rules = allRules({
    threshold: config.suspiciousRequestThreshold,
    sensitivePaths: config.sensitivePaths,
    isAdmin: (username) => admins.has(username),
  });
  return { kv, now, source: requestSource(kv, now), rules };
}
