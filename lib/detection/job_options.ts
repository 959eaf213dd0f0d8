import { loginsAhead, scanLogins } from "../accounts/login_log.ts";
import { adminNames } from "../accounts/users.ts";
import type { CrawlerVerifier } from "../bots/verify.ts";
import type { Config } from "../settings/config.ts";
import { freshViews } from "../log/fresh_views.ts";
import { scanViews } from "../log/request_view.ts";
import { ViewsAhead } from "../log/views_ahead.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import { withAddresses } from "../privacy/sealed_addresses.ts";
import { autoBlock, type AutoBlockOptions } from "./auto_block.ts";
import type { GatherOptions } from "./incidents/gather.ts";
import { recordIncidents } from "./incidents/store.ts";
import type { AlertFindings, Finding } from "./finding.ts";
import type { JobOptions } from "./job.ts";
import { compileLoginPaths } from "./login_paths.ts";
import { proposeLoginPaths } from "./login_proposals.ts";
import { hasChallenge } from "../policy/has_challenge.ts";
import { protectedAddresses } from "./protected_addresses.ts";
import type { AnyRule } from "./rule.ts";
import { configured, readRuleSettings } from "./rule_settings.ts";
import { allRules } from "./rules/mod.ts";
import type { RecordSource } from "./types.ts";

/** The input of {@linkcode jobOptions}. */
export interface JobSetup {
  kv: Deno.Kv;
  now: () => number;
  config: Config;
  /** How addresses are stored. @default {fullAddresses} */
  addresses?: AddressStorage;
  /** Verifies crawlers; without it, none is verified. */
  crawlers?: CrawlerVerifier;
  pace?: JobOptions["pace"];
  /** The operator of an address's network. */
  operatorOf?: GatherOptions["operatorOf"];
  /** Queues alerts about findings. */
  alertFindings?: AlertFindings;
  /** Called with new findings. */
  onNews?: (news: readonly Finding[]) => void;
  /** Called with changes of the lists, for this process to apply at once. */
  applyLocal?: AutoBlockOptions["applyLocal"];
  /** Called with a sentence about each action or omission. */
  log?: (message: string) => void;
}

/**
 * The options of every run of the rules: the stored log, the armed rules with their settings, and
 * the responses to findings.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function jobOptions(setup: JobSetup): Promise<JobOptions> {
  const { kv, now, addresses, config } = setup;
  const takesPasswords = compileLoginPaths(config.loginPaths);
  const [rules, settings] = await Promise.all([
    defaultRules(setup),
    readRuleSettings(kv),
  ]);
  return {
    kv,
    now,
    source: storedSource(kv, now, addresses),
    rules: configured(rules, settings),
    verify: verifierOf(setup),
    pace: setup.pace,
    propose: (forms) =>
      proposeLoginPaths(
        kv,
        forms.filter(({ path }) => !takesPasswords(path)),
        now(),
      ),
    respond: responder(setup),
  };
}

/**
 * Truncated addresses cannot be verified, as they have no DNS name of their own; hashed ones are
 * not looked up.
 */
export function verifierOf(
  { config, crawlers }: Pick<JobSetup, "config" | "crawlers">,
): CrawlerVerifier["check"] | undefined {
  return config.privacyIp === "truncated" ? undefined : crawlers?.check;
}

/** Every rule with the numbers of its file, whether armed or not. */
export async function defaultRules(
  { kv, config, crawlers }: JobSetup,
): Promise<AnyRule[]> {
  const admins = await adminNames({ kv });
  return allRules({
    threshold: config.suspiciousRequestThreshold,
    sensitivePaths: config.sensitivePaths,
    loginPaths: config.loginPaths,
    loginFailure: config.loginFailure,
    isAdmin: (username) => admins.has(username),
    verify: verifierOf({ config, crawlers }),
  });
}

/**
 * The request log and the login log, as all processes on `kv` have written them. Sealed addresses
 * are unsealed if possible, so that a key rotation within a window does not hide a client.
 */
export function storedSource(
  kv: Deno.Kv,
  now: () => number,
  addresses: AddressStorage = fullAddresses,
): RecordSource {
  if (addresses.seal !== undefined) return sealedSource(kv, now, addresses);
  return {
    scan: (range) => scanViews(kv, range, now),
    fresh: (range, seen, isWhole) => freshViews(kv, range, now, seen, isWhole),
    logins: (range) => scanLogins(kv, range, now),
    ahead() {
      const views = new ViewsAhead(kv, now);
      const mayHave = loginsAhead(kv);
      return {
        scan: (range) => views.scan(range),
        async *logins(range) {
          if (await mayHave(range)) yield* scanLogins(kv, range, now);
        },
      };
    },
  };
}

function sealedSource(
  kv: Deno.Kv,
  now: () => number,
  addresses: AddressStorage,
): RecordSource {
  return {
    async *scan(range) {
      const unseal = await addresses.unsealer();
      yield* scanViews(kv, range, now, (block) => withAddresses(block, unseal));
    },
    async *logins(range) {
      const unseal = await addresses.unsealer();
      // Rules over logins look back further than seals last: this map recognizes addresses that
      // return.
      const whole = new Map<string, string>();
      for await (const { ip_address } of scanLogins(kv, range, now, unseal)) {
        if (addresses.isForm(ip_address)) continue;
        for (const form of addresses.formsOf(ip_address)) {
          whole.set(form, ip_address);
        }
      }
      for await (const event of scanLogins(kv, range, now, unseal)) {
        const ip_address = whole.get(event.ip_address) ?? event.ip_address;
        yield { ...event, ip_address };
      }
    },
  };
}

function responder(
  {
    kv,
    now,
    config,
    addresses,
    alertFindings,
    applyLocal,
    onNews = () => {},
    operatorOf,
    log = () => {},
  }: JobSetup,
): JobOptions["respond"] {
  return async function respond({ findings, news }) {
    // Truncated addresses cannot be blocked; hashes are handled by autoBlock.
    if (config.autoBlock === "on" && config.privacyIp !== "truncated") {
      const challenges = operatorOf !== undefined &&
        await hasChallenge(kv, config.policyFile);
      const { blocked, challenged, spared } = await autoBlock({
        kv,
        now,
        addresses,
        trustedProxies: config.trustedProxies,
        rules: config.autoBlockRules,
        protectedAddresses: () => protectedAddresses({ kv, now }),
        asksFirst: (ip) => challenges && operatorOf(ip)?.hosting === false,
        applyLocal,
      }, findings);
      if (blocked.length > 0) log(`Blocked ${blocked.join(", ")}`);
      if (challenged.length > 0) log(`Challenged ${challenged.join(", ")}`);
      const isNew = new Set(news.map(({ ip_address }) => ip_address));
      for (const { ip_address, why } of spared) {
        if (isNew.has(ip_address)) log(`Did not block ${ip_address}: ${why}`);
      }
    }
    onNews(news);
    const due = await recordIncidents(kv, findings, {
      now: now(),
      operatorOf,
    });
    // One alert for each attack, however many addresses take part.
    await alertFindings?.(due, due);
  };
}
