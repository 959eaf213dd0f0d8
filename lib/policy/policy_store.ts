/**
 * The policy in the store: one declaration is in force, earlier ones are kept, and changes are
 * recorded in the audit trail.
 *
 * @module
 */
import { auditEntry, type PolicyUndo, putAudit } from "../store/audit.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { readRules } from "./read_rules.ts";
import { DAY } from "../base/duration.ts";

/** A stored declaration. */
export interface StoredPolicy {
  version: number;
  /** The rules as JSON. */
  text: string;
  /** Epoch ms. */
  at: number;
  by: string;
  v: 1;
}

/** An order to put a declaration in force. */
export interface PolicyOrder {
  rules: readonly unknown[];
  /** A user's name, or the command. */
  by: string;
  /** The client address of the order; null for a command. */
  from?: string | null;
  why?: string | null;
  now: number;
}

/** How long an earlier declaration can be restored, in milliseconds. */
const VERSION_TTL_MS = 365 * DAY;

/** The declaration in force, or null if none was ever applied. */
export async function storedPolicy(kv: Deno.Kv): Promise<StoredPolicy | null> {
  return (await kv.get<StoredPolicy>(keys.policy())).value;
}

/** The rules of a stored declaration, as they were declared. */
export function declaredRules(stored: StoredPolicy | null): unknown[] {
  return stored === null ? [] : JSON.parse(stored.text);
}

/**
 * Puts a declaration in force, in every process within a second.
 *
 * @throws {PolicyError} if it is invalid; nothing is changed then.
 */
export async function applyPolicy(
  kv: Deno.Kv,
  { rules, by, from = null, why = null, now }: PolicyOrder,
): Promise<StoredPolicy> {
  const { declared } = readRules(rules);
  return await compareAndSet(async () => {
    const entry = await kv.get<StoredPolicy>(keys.policy());
    const before = entry.value;
    const version = (before?.version ?? 0) + 1;
    const stored: StoredPolicy = {
      version,
      text: JSON.stringify(declared),
      at: now,
      by,
      v: 1,
    };
    const atomic = kv.atomic().check(entry).set(keys.policy(), stored);
    if (before !== null) {
      atomic.set(keys.policyVersion(before.version), {
        ...before,
        expires_at: now + VERSION_TTL_MS,
      }, { expireIn: VERSION_TTL_MS });
    }
    putAudit(
      atomic,
      auditEntry({
        who: by,
        what: "apply_policy",
        target: "policy",
        from,
        why: why ?? summary(declaredRules(before), declared),
        policy: { version: before?.version ?? 0, made: version },
      }, now),
    );
    return (await atomic.commit()).ok ? stored : undefined;
  });
}

/**
 * Restores an earlier declaration.
 *
 * @throws {RangeError} if it is no longer kept.
 */
export async function restorePolicy(
  kv: Deno.Kv,
  version: number,
  order: Omit<PolicyOrder, "rules">,
): Promise<StoredPolicy> {
  const { value } = version === 0
    ? { value: null }
    : await kv.get<StoredPolicy>(keys.policyVersion(version));
  if (version !== 0 && value === null) {
    throw new RangeError(
      `Cannot restore policy ${version}: expected one of the last year's`,
    );
  }
  return await applyPolicy(kv, { ...order, rules: declaredRules(value) });
}

/** Whether a change of the policy can be undone: there was none since. */
export async function canRestore(
  kv: Deno.Kv,
  undo: PolicyUndo | undefined,
): Promise<boolean> {
  return undo !== undefined && (await storedPolicy(kv))?.version === undo.made;
}

/** The changes from one declaration to another, by rule. */
export function changesBetween(
  before: readonly unknown[],
  after: readonly unknown[],
): { added: string[]; removed: string[]; changed: string[] } {
  const old = byName(before);
  const fresh = byName(after);
  return {
    added: [...fresh.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !fresh.has(name)),
    changed: [...fresh].filter(([name, text]) =>
      old.has(name) && old.get(name) !== text
    ).map(([name]) => name),
  };
}

function summary(before: readonly unknown[], after: readonly unknown[]) {
  const { added, removed, changed } = changesBetween(before, after);
  const parts = [
    ...added.map((name) => `+${name}`),
    ...removed.map((name) => `-${name}`),
    ...changed.map((name) => `~${name}`),
  ];
  return parts.length === 0 ? "no rule changed" : parts.join(" ");
}

function byName(rules: readonly unknown[]): Map<string, string> {
  return new Map(
    (rules as { name: string }[]).map((
      rule,
    ) => [rule.name, JSON.stringify(rule)]),
  );
}
