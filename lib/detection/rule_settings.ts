import { HOUR, MINUTE } from "../base/duration.ts";
import { Refusal } from "../base/refusal.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import type { AnyRule } from "./rule.ts";

/** An admin's changes to one rule; missing fields keep the values of the rule's file. */
export interface RuleSetting {
  /** A rule that is not armed does not run, but can be rehearsed. */
  armed?: boolean;
  threshold?: number;
  windowMs?: number;
}

/** Changes by rule name. */
export type RuleSettings = Record<string, RuleSetting>;

/** The settings as they are stored. */
export async function readRuleSettings(kv: Deno.Kv): Promise<RuleSettings> {
  return (await kv.get<RuleSettings>(keys.ruleSettings())).value ?? {};
}

/** Changes the settings of one rule; `undefined` in a field resets it. */
export function changeRuleSetting(
  kv: Deno.Kv,
  name: string,
  change: RuleSetting,
): Promise<RuleSettings> {
  return compareAndSet(async () => {
    const entry = await kv.get<RuleSettings>(keys.ruleSettings());
    const merged = { ...entry.value?.[name], ...change };
    const kept = Object.entries(merged).filter(([, value]) =>
      value !== undefined
    );
    const settings = { ...entry.value, [name]: Object.fromEntries(kept) };
    const commit = kv.atomic().check(entry).set(keys.ruleSettings(), settings);
    return (await commit.commit()).ok ? settings : undefined;
  });
}

/** Whether a rule runs. */
export function isArmed(settings: RuleSettings, name: string): boolean {
  return settings[name]?.armed ?? true;
}

/**
 * A rule with a different threshold or window; its pure functions get them from the tally.
 *
 * @param evenFixed Whether rules with fixed numbers can be changed, too, for a rehearsal.
 * @throws {Refusal} for numbers out of bounds, or if the rule's numbers are fixed.
 */
export function withSetting<R extends AnyRule>(
  rule: R,
  { threshold, windowMs }: RuleSetting,
  evenFixed = false,
): R {
  if (threshold === undefined && windowMs === undefined) return rule;
  const cannot = `Cannot change ${rule.name}: expected `;
  if (rule.isFixed && !evenFixed) {
    throw new Refusal(
      "invalid",
      `${cannot}nothing, as its numbers are set by ${
        rule.fixedBy ?? "the environment"
      }`,
    );
  }
  const changed = { ...rule };
  if (threshold !== undefined) {
    const max = maxThreshold(rule);
    if (!(threshold >= 0 && threshold <= max)) {
      throw new Refusal("invalid", `${cannot}a threshold from 0 to ${max}`);
    }
    changed.threshold = threshold;
  }
  if (windowMs !== undefined) {
    const [min, max] = windowBounds(rule);
    if (
      rule.stream === "findings" || isWindowFixed(rule) ||
      !Number.isSafeInteger(windowMs) ||
      windowMs < min || windowMs > max
    ) {
      throw new Refusal(
        "invalid",
        isWindowFixed(rule)
          ? `${cannot}its window to stay as it is`
          : `${cannot}a window from ${min / MINUTE} to ${max / MINUTE} minutes`,
      );
    }
    changed.windowMs = windowMs;
    if (rule.everyMs !== undefined) {
      const share = rule.everyMs / rule.windowMs;
      Object.assign(changed, {
        everyMs: Math.max(MINUTE, Math.round(windowMs * share)),
      });
    }
  }
  return changed;
}

/**
 * The armed rules with their settings. A stored number that is no longer valid is ignored, as a
 * rule's file may have changed since.
 */
export function configured(
  rules: readonly AnyRule[],
  settings: RuleSettings,
): AnyRule[] {
  return rules.filter(({ name }) => isArmed(settings, name)).map((rule) => {
    try {
      return withSetting(rule, settings[rule.name] ?? {});
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return rule;
    }
  });
}

/** Whether the length of a rule's window cannot be changed. */
export function isWindowFixed(rule: AnyRule): boolean {
  return rule.stream === "findings" || rule.hasFixedWindow === true;
}

function maxThreshold({ threshold }: AnyRule): number {
  return Math.max(1_000, threshold * 100);
}

/** Limits of a window: the request log is long, the login log short. */
function windowBounds({ stream }: AnyRule): [min: number, max: number] {
  return stream === "logins" ? [MINUTE, 24 * HOUR] : [MINUTE, 2 * HOUR];
}
