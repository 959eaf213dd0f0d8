import { HOUR } from "../base/duration.ts";
import { Refusal } from "../base/refusal.ts";
import { refusalToBlock } from "../lists/access_store.ts";
import { type FindingDraft, worstFirst } from "./draft.ts";
import { draftsOfHour } from "./job.ts";
import {
  defaultRules,
  type JobSetup,
  storedSource,
  verifierOf,
} from "./job_options.ts";
import { protectedAddresses } from "./protected_addresses.ts";
import type { AnyRule } from "./rule.ts";
import {
  configured,
  readRuleSettings,
  type RuleSetting,
  withSetting,
} from "./rule_settings.ts";
import { type Period, type Severity } from "./types.ts";
import { fullAddresses } from "../privacy/address_storage.ts";
import { canonicalIp } from "../net/ip.ts";

/** The query of {@linkcode rehearse}. */
export interface RehearsalQuery extends Period {
  /** The rule's name. */
  rule: string;
  /** Numbers to use instead of the current ones. */
  change?: Pick<RuleSetting, "threshold" | "windowMs">;
  /**
   * The time limit, in milliseconds; the latest hours are judged first.
   *
   * @default Infinity
   */
  patienceMs?: number;
}

/** An address that a rule would have flagged. */
export interface Rehearsed {
  ip_address: string;
  severity: Severity;
  /** The highest count of any hour. */
  count: number;
  explanation: string;
  /** In how many clock hours it was flagged. */
  hours: number;
  /** Whether it had a signed-in request in any of these hours. */
  signed_in: boolean;
  /** Whether the job would have blocked it with `AUTO_BLOCK=on`. */
  would_block: boolean;
}

/** The result of a rehearsal. */
export interface Rehearsal extends Period {
  rule: string;
  threshold: number;
  windowMs: number;
  examined: number;
  /** The worst first. */
  flagged: Rehearsed[];
  /** False if the time limit ended the rehearsal early: `from` is then later. */
  is_complete: boolean;
}

/** The most addresses to check against the lists; the others are assumed blockable. */
const MAX_CHECKED = 500;

/**
 * Runs a rule with these numbers over the stored log, clock hour by clock hour, as the hourly job
 * does. It records nothing; resolutions and whether the rule is armed make no difference.
 *
 * @throws {Refusal} for an unknown rule, numbers out of bounds, or `from` after `to`.
 */
export async function rehearse(
  setup: JobSetup,
  query: RehearsalQuery,
): Promise<Rehearsal> {
  const { kv, now } = setup;
  const { from, to, patienceMs = Infinity } = query;
  if (!(from <= to)) {
    throw new Refusal(
      "invalid",
      `Cannot rehearse ${from} to ${to}: expected from <= to`,
    );
  }
  const { rule, rules } = await rulesFor(setup, query);
  const options = {
    kv,
    now,
    rules,
    source: storedSource(kv, now, setup.addresses),
    verify: verifierOf(setup),
    pace: setup.pace,
  };
  const started = performance.now();
  const found = new Map<string, Rehearsed>();
  let examined = 0;
  let start = Math.ceil(to / HOUR) * HOUR - HOUR;
  for (; start + HOUR > from; start -= HOUR) {
    if (performance.now() - started > patienceMs) break;
    const hour = { from: start, to: start + HOUR };
    const result = await draftsOfHour(options, hour);
    examined += result.examined;
    for (const draft of result.drafts) {
      if (draft.rule !== rule.name) continue;
      const signedIn = result.census.get(draft.ip_address)?.signedIn ?? false;
      add(found, draft, signedIn);
    }
  }
  const flagged = [...found.values()].sort(worstFirst);
  await judgeBlocks(setup, flagged, rule.name);
  return {
    rule: rule.name,
    threshold: rule.threshold,
    windowMs: rule.windowMs,
    from: Math.max(from, start + HOUR),
    to,
    examined,
    flagged,
    is_complete: start + HOUR <= from,
  };
}

/** The rule with the numbers to try; a rule that reads findings needs the rules that make them. */
async function rulesFor(
  setup: JobSetup,
  { rule: name, change }: RehearsalQuery,
): Promise<{ rule: AnyRule; rules: AnyRule[] }> {
  const all = await defaultRules(setup);
  const plain = all.find((rule) => rule.name === name);
  if (plain === undefined) {
    const names = all.map((rule) => rule.name).join(", ");
    throw new Refusal(
      "invalid",
      `Cannot rehearse "${name}": expected one of ${names}`,
    );
  }
  const settings = await readRuleSettings(setup.kv);
  const stored = settings[name] ?? {};
  const rule = withSetting(plain, {
    threshold: change?.threshold ?? stored.threshold,
    windowMs: change?.windowMs ?? stored.windowMs,
  }, true);
  if (rule.stream !== "findings") return { rule, rules: [rule] };
  const others = configured(all, settings).filter((other) =>
    other.name !== name
  );
  return { rule, rules: [...others, rule] };
}

function add(
  found: Map<string, Rehearsed>,
  draft: FindingDraft,
  signedIn: boolean,
): void {
  const { ip_address, severity, count, explanation } = draft;
  const known = found.get(ip_address);
  const worse = known === undefined || worstFirst(draft, known) < 0;
  found.set(ip_address, {
    ...(worse
      ? { ip_address, severity, count, explanation, would_block: false }
      : known),
    hours: (known?.hours ?? 0) + 1,
    signed_in: signedIn || (known?.signed_in ?? false),
  });
}

async function judgeBlocks(
  { kv, now, config, addresses = fullAddresses }: JobSetup,
  flagged: Rehearsed[],
  rule: string,
): Promise<void> {
  if (config.privacyIp === "truncated") return;
  const { autoBlockRules: rules } = config;
  const critical = flagged.filter(({ severity, ip_address }) =>
    (rules === null ? severity === "critical" : rules.includes(rule)) &&
    canonicalIp(ip_address) === ip_address &&
    !addresses.isForm(ip_address)
  );
  if (critical.length === 0) return;
  const untouchable = await protectedAddresses({ kv, now });
  for (const [index, item] of critical.entries()) {
    const { ip_address: ip } = item;
    const isProtected = addresses.formsOf(ip).some((form) =>
      untouchable.has(form)
    );
    item.would_block = !isProtected && (index >= MAX_CHECKED ||
      await refusalToBlock(kv, now, {
          ip,
          trustedProxies: config.trustedProxies,
        }) === null);
  }
}
