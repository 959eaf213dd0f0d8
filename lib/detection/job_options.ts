import { scanLogins } from "../accounts/login_log.ts";
import { adminNames } from "../accounts/users.ts";
import type { TellFindings } from "../alerts/alerts.ts";
import type { Config } from "../config.ts";
import { scanViews } from "../guard/request_view.ts";
import { autoBlock, type AutoBlockOptions } from "./auto_block.ts";
import type { JobOptions } from "./job.ts";
import { protectedAddresses } from "./protected_addresses.ts";
import type { AnyRule } from "./rule.ts";
import { configured, readRuleSettings } from "./rule_settings.ts";
import { allRules, type RuleOptions } from "./rules/mod.ts";
import type { RecordSource } from "./types.ts";

/** What {@linkcode jobOptions} makes its answer of. */
export interface JobSetup {
  kv: Deno.Kv;
  now: () => number;
  config: Config;
  /** Asks the DNS about crawlers (see crawler_check.ts); without it, nobody is. */
  isFakeCrawler?: RuleOptions["isFakeCrawler"];
  pace?: JobOptions["pace"];
  /** Has findings told to the webhook. */
  tellFindings?: TellFindings;
  /** Called with changes of the lists, for this process to follow at once. */
  applyLocal?: AutoBlockOptions["applyLocal"];
  /** Called with a sentence about what was done or left. */
  log?: (message: string) => void;
}

/**
 * What every run of the rules works with: the stored log, the rules that are armed, as they are
 * configured, and what follows from findings.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function jobOptions(setup: JobSetup): Promise<JobOptions> {
  const { kv, now } = setup;
  const [rules, settings] = await Promise.all([
    defaultRules(setup),
    readRuleSettings(kv),
  ]);
  return {
    kv,
    now,
    source: storedSource(kv, now),
    rules: configured(rules, settings),
    pace: setup.pace,
    respond: responder(setup),
  };
}

/** Every rule as its file has it, whether it is armed or not. */
export async function defaultRules(
  { kv, config, isFakeCrawler }: JobSetup,
): Promise<AnyRule[]> {
  const admins = await adminNames({ kv });
  return allRules({
    threshold: config.suspiciousRequestThreshold,
    sensitivePaths: config.sensitivePaths,
    isAdmin: (username) => admins.has(username),
    // A shortened or hashed address has no name of its own.
    isFakeCrawler: config.privacyIp === "full" ? isFakeCrawler : undefined,
  });
}

/** The request log and the login log, as all processes on `kv` have written them. */
export function storedSource(kv: Deno.Kv, now: () => number): RecordSource {
  return {
    scan: (range) => scanViews(kv, range, now),
    logins: (range) => scanLogins(kv, range, now),
  };
}

function responder(
  { kv, now, config, tellFindings, applyLocal, log = () => {} }: JobSetup,
): JobOptions["respond"] {
  return async function respond({ findings, news }) {
    // A shortened or hashed address is not whom a block would hit.
    if (config.autoBlock === "on" && config.privacyIp === "full") {
      const { blocked, spared } = await autoBlock({
        kv,
        now,
        trustedProxies: config.trustedProxies,
        protectedAddresses: () => protectedAddresses({ kv, now }),
        applyLocal,
      }, findings);
      if (blocked.length > 0) log(`Blocked ${blocked.join(", ")}`);
      const isNew = new Set(news.map(({ ip_address }) => ip_address));
      for (const { ip_address, why } of spared) {
        if (isNew.has(ip_address)) log(`Did not block ${ip_address}: ${why}`);
      }
    }
    await tellFindings?.(findings, news);
  };
}
