/**
 * Temporary rules, in addition to the declaration in force: challenges for suspicious addresses
 * before they are blocked, and decisions about incidents. They expire by themselves.
 *
 * @module
 */
import { Refusal } from "../base/refusal.ts";
import { keys } from "../store/keys.ts";
import { auditEntry, putAudit } from "../store/audit.ts";
import { compareAndSet } from "../store/retry.ts";
import { readRules } from "./read_rules.ts";
import type { Rule } from "./rule.ts";
import { DAY } from "../base/duration.ts";

/** A temporary rule, as it was declared. */
export interface TemporaryRule {
  rule: { name: string };
  /** When it expires, in milliseconds since the epoch. */
  until: number;
  by: string;
}

/** An address that detection challenges. */
export interface Challenged {
  ip: string;
  /** In milliseconds since the epoch. */
  at: number;
  until: number;
}

/** The stored value. */
export interface Temporary {
  v: 1;
  /** Increased with each change. */
  version: number;
  rules: TemporaryRule[];
  challenged: Challenged[];
  expires_at: number;
}

/** The name of the rule that challenges addresses found by detection. */
export const MACHINE_CHALLENGE = "machine-challenge";
/** A value of the store holds 64 KiB. */
const MOST_RULES = 40;
const MOST_CHALLENGED = 400;
const MOST_RULE = 800;

const NOTHING: Temporary = {
  v: 1,
  version: 0,
  rules: [],
  challenged: [],
  expires_at: Infinity,
};

/** The rules and challenges in force at a time; the version is that of the stored value. */
export async function temporaryRules(
  kv: Deno.Kv,
  now: number,
): Promise<Temporary> {
  const { value } = await kv.get<Temporary>(keys.temporaryRules());
  return value === null ? NOTHING : {
    ...value,
    rules: value.rules.filter(({ until }) => until > now),
    challenged: value.challenged.filter(({ until }) => until > now),
  };
}

/** Its rules, each parsed on its own: two decisions may concern the same requests. */
export function rulesOf({ rules, challenged }: Temporary): readonly Rule[] {
  const ip = challenged.map(({ ip }) => ip);
  const declared: unknown[] = rules.map(({ rule }) => rule);
  if (ip.length > 0) {
    declared.push({ name: MACHINE_CHALLENGE, challenge: true, when: { ip } });
  }
  return declared.flatMap((each) => readRules([each]).rules);
}

/**
 * Adds a temporary rule, in every process within a second; it replaces one of the same name.
 *
 * @throws {PolicyError} if the rule is invalid.
 * @throws {Refusal} `conflict` if there are too many.
 */
export async function addTemporaryRule(
  kv: Deno.Kv,
  { rule, until, by, who = by, from = null, why = null, now }: TemporaryRule & {
    /** Who adds it, if another wrote it. @default {by} */
    who?: string;
    from?: string | null;
    why?: string | null;
    now: number;
  },
): Promise<void> {
  readRules([rule]);
  if (JSON.stringify(rule).length > MOST_RULE) {
    throw new Refusal("invalid", "Cannot add the rule: expected a shorter one");
  }
  const audit = auditEntry({
    ...{ who, what: "add_temporary_rule", target: rule.name, from },
    why: why ?? `until ${new Date(until).toISOString()}`,
    reverse: { kind: "temporary_rule", name: rule.name },
  }, now);
  await change(kv, now, (held) => {
    const rules = held.rules.filter(({ rule: { name } }) => name !== rule.name);
    if (rules.length >= MOST_RULES) {
      throw new Refusal(
        "conflict",
        `Cannot add the rule: expected fewer than ${MOST_RULES} for a time`,
      );
    }
    return { ...held, rules: [...rules, { rule, until, by }] };
  }, audit);
}

/** Removes a rule before it expires; false if there is none. */
export async function removeTemporaryRule(
  kv: Deno.Kv,
  name: string,
  { by, from = null, now }: { by: string; from?: string | null; now: number },
): Promise<boolean> {
  const { rules } = await temporaryRules(kv, now);
  const removed = rules.find(({ rule }) => rule.name === name);
  if (removed === undefined) return false;
  const { rule, until, by: created_by } = removed;
  const audit = auditEntry({
    ...{ who: by, what: "remove_temporary_rule", target: name, from },
    reverse: { kind: "restore_rule", rule, until, created_by },
  }, now);
  await change(kv, now, (held) => ({
    ...held,
    rules: held.rules.filter(({ rule }) => rule.name !== name),
  }), audit);
  return true;
}

/**
 * Challenges addresses; the oldest are dropped if there are too many. The caller records it in the
 * audit trail.
 */
export async function challengeAddresses(
  kv: Deno.Kv,
  added: readonly Challenged[],
  now: number,
): Promise<void> {
  const ips = new Set(added.map(({ ip }) => ip));
  await change(kv, now, (held) => ({
    ...held,
    challenged: [
      ...held.challenged.filter(({ ip }) => !ips.has(ip)),
      ...added,
    ].slice(-MOST_CHALLENGED),
  }));
}

/** Ends the challenges of some addresses; returns the removed entries. */
export async function liftChallenges(
  kv: Deno.Kv,
  isLifted: (one: Challenged) => boolean,
  now: number,
): Promise<Challenged[]> {
  const { challenged } = await temporaryRules(kv, now);
  const lifted = challenged.filter(isLifted);
  if (lifted.length > 0) {
    await change(kv, now, (held) => ({
      ...held,
      challenged: held.challenged.filter((one) => !isLifted(one)),
    }));
  }
  return lifted;
}

async function change(
  kv: Deno.Kv,
  now: number,
  changed: (held: Temporary) => Temporary,
  audit?: ReturnType<typeof auditEntry>,
): Promise<void> {
  await compareAndSet(async () => {
    const entry = await kv.get<Temporary>(keys.temporaryRules());
    const { version = 0 } = entry.value ?? {};
    const held = entry.value ?? NOTHING;
    const next = changed({
      ...held,
      rules: held.rules.filter(({ until }) => until > now),
      challenged: held.challenged.filter(({ until }) => until > now),
    });
    const last = Math.max(
      now,
      ...next.rules.map(({ until }) => until),
      ...next.challenged.map(({ until }) => until),
    );
    // Kept for a while after all have expired, so that versions continue.
    const expires_at = last + KEPT_MS;
    const commit = kv.atomic().check(entry).set(
      entry.key,
      { ...next, v: 1, version: version + 1, expires_at },
      { expireIn: expires_at - now },
    );
    if (audit) putAudit(commit, audit);
    return (await commit.commit()).ok ? true : undefined;
  });
}

const KEPT_MS = DAY;
