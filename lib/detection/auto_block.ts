import { HOUR } from "../base/duration.ts";
import { Refusal } from "../base/refusal.ts";
import { appendAudit, auditEntry, putAudit } from "../store/audit.ts";
import {
  type AccessChange,
  type AccessEntry,
  isLive,
} from "../lists/access_entry.ts";
import { refusalToBlock } from "../lists/access_store.ts";
import { blockAutomatically } from "../lists/automatic_block.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import { type Cidr, formatCidr, parseCidr } from "../net/cidr.ts";
import { canonicalIp } from "../net/ip.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import type { Finding } from "./finding.ts";
import { setFindingActive } from "./findings.ts";
import { challengeAddresses, temporaryRules } from "../policy/temporary.ts";
import {
  BLOCK_DURATIONS,
  blockDuration,
  type KnownOffence,
  nextLevel,
  type OffenceNames,
  putOffence,
  readOffence,
} from "../lists/offence.ts";

/** Options of {@linkcode autoBlock}. */
export interface AutoBlockOptions {
  kv: Deno.Kv;
  now: () => number;
  trustedProxies: readonly Cidr[];
  /** How addresses are stored. @default {fullAddresses} */
  addresses?: OffenceNames;
  /**
   * Rules whose findings block (`AUTO_BLOCK_RULES`); null: all, if the finding is critical.
   * @default null
   */
  rules?: readonly string[] | null;
  /**
   * Addresses that must not be blocked automatically, as stored; read only if there is something to
   * block.
   */
  protectedAddresses: () => Promise<ReadonlySet<string>>;
  /**
   * Whether a client gets a challenge before it is blocked: if the policy has a challenge, and the
   * operator of the client's network is known and is no hosting provider.
   */
  asksFirst?: (ip: string) => boolean;
  /** Called with changes of the lists, for this process to apply at once. */
  applyLocal?: (changes: readonly AccessChange[]) => void;
}

/** The result of {@linkcode autoBlock}. */
export interface AutoBlocked {
  /** The blocked addresses. */
  blocked: string[];
  /** The addresses that get a challenge instead. */
  challenged: string[];
  /** Addresses that were spared, and why. */
  spared: { ip_address: string; why: string }[];
}

/** The most blocks of a pass, of two commits each; the next pass makes the others. */
const MAX_BLOCKS = 200;

/** Findings of an imported log, or of a job that is days late, do not block. */
const RECENT_MS = 24 * HOUR;

/**
 * Addresses with recent findings that allow an automatic block, and these findings: critical ones,
 * or those of the given rules.
 */
export function offenders(
  findings: readonly Finding[],
  now: number,
  { isForm }: Pick<AddressStorage, "isForm"> = fullAddresses,
  rules: readonly string[] | null = null,
): Map<string, Finding[]> {
  const byAddress = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { severity, is_active, ip_address } = finding;
    if (finding.last_seen < now - RECENT_MS) continue;
    // Only a person may block a range or the whole site.
    const mayAct = rules === null
      ? severity === "critical"
      : rules.includes(finding.rule);
    if (!mayAct || !is_active) continue;
    if (canonicalIp(ip_address) !== ip_address) continue;
    // A hash is not the address of any client.
    if (isForm(ip_address)) continue;
    const known = byAddress.get(ip_address);
    if (known) known.push(finding);
    else byAddress.set(ip_address, [finding]);
  }
  return byAddress;
}

/**
 * Blocks the addresses of critical findings (`AUTO_BLOCK=on`) if the lists allow it, each repeat
 * for longer. A second run with the same findings does nothing, because each block stores the time
 * of its latest evidence. If a person lifted a block, it is not renewed, and the findings that led
 * to it are resolved.
 */
export async function autoBlock(
  options: AutoBlockOptions,
  findings: readonly Finding[],
): Promise<AutoBlocked> {
  const done: AutoBlocked = { blocked: [], challenged: [], spared: [] };
  const { addresses = fullAddresses, rules } = options;
  const accused = [...offenders(findings, options.now(), addresses, rules)];
  if (accused.length === 0) return done;
  let untouchable: ReadonlySet<string> | undefined;
  for (const [ip, causes] of accused) {
    if (done.blocked.length >= MAX_BLOCKS) break;
    const offence = await openOffence(options, ip, causes);
    if (offence === null) continue;
    untouchable ??= await options.protectedAddresses();
    const protectedBy = untouchable;
    if (addresses.formsOf(ip).some((form) => protectedBy.has(form))) {
      done.spared.push({
        ip_address: ip,
        why: "an admin or known user uses it",
      });
      continue;
    }
    const range = parseCidr(ip, "block");
    try {
      if (options.asksFirst?.(ip)) {
        const { challenged } = await temporaryRules(options.kv, options.now());
        if (!challenged.some((one) => one.ip === ip)) {
          const why = await refusalToBlock(options.kv, options.now, {
            ip: range,
            trustedProxies: options.trustedProxies,
          });
          if (why !== null) throw new Refusal("conflict", why);
          await challenge(options, ip, causes, offence);
          done.challenged.push(ip);
          continue;
        }
      }
      await block(options, range, causes, offence);
      done.blocked.push(ip);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      done.spared.push({ ip_address: ip, why: error.message });
    }
  }
  return done;
}

/** An address's offence; null if the evidence was acted on already. */
async function openOffence(
  { kv, now, addresses }: AutoBlockOptions,
  ip: string,
  causes: readonly Finding[],
): Promise<KnownOffence | null> {
  const known = await readOffence(kv, ip, now(), addresses);
  const offence = known.value;
  if (offence === null) return known;
  if (offence.blocked_until > now()) {
    const { value } = await kv.get<AccessEntry>(keys.access("blocked", ip));
    if (value && isLive(value, now())) return null;
    await settleLifted(kv, ip, causes, now(), addresses);
    return null;
  }
  const isNew = causes.some(({ last_seen }) =>
    last_seen > offence.evidence_until
  );
  return isNew ? known : null;
}

/** Resolves the findings of a block that a person lifted. */
async function settleLifted(
  kv: Deno.Kv,
  ip: string,
  causes: readonly Finding[],
  now: number,
  addresses?: OffenceNames,
): Promise<void> {
  await settleOffence(kv, ip, now, { addresses });
  for (const { id, rule } of causes) {
    await setFindingActive(kv, id, false, {
      by: `auto:${rule}`,
      why: "its block was lifted",
      now,
    });
  }
  const [cause] = causes;
  if (cause === undefined) return;
  await appendAudit(kv, {
    ...{ who: `auto:${cause.rule}`, what: "resolve_finding", target: ip },
    why: "its block was lifted",
  }, now);
}

/** Ends the offence of a lifted block: evidence up to now does not lead to another block. */
export function settleOffence(
  kv: Deno.Kv,
  ip: string,
  now: number,
  { addresses, keepsLevel = false }: {
    addresses?: OffenceNames;
    /** What ends was no block. */
    keepsLevel?: boolean;
  } = {},
): Promise<true> {
  return compareAndSet(async () => {
    const entry = await readOffence(kv, ip, now, addresses);
    if (entry.value === null) return true;
    const commit = putOffence(kv.atomic(), entry, {
      // A mistaken block does not make the next one longer.
      level: keepsLevel
        ? entry.value.level
        : Math.max(-1, entry.value.level - 1),
      blocked_until: now,
      evidence_until: now,
    });
    return (await commit.commit()).ok ? true : undefined;
  });
}

/**
 * Challenges an address for as long as its first block would last. This counts as acting on the
 * evidence; further evidence leads to a block.
 */
async function challenge(
  { kv, now }: AutoBlockOptions,
  ip: string,
  causes: readonly Finding[],
  before: KnownOffence,
): Promise<void> {
  const at = now();
  const until = at + BLOCK_DURATIONS[0];
  const [worst] = causes.toSorted((a, b) => b.score - a.score);
  const commit = putOffence(kv.atomic(), before, {
    level: before.value?.level ?? -1,
    blocked_until: at,
    evidence_until: Math.max(...causes.map(({ last_seen }) => last_seen)),
  });
  putAudit(
    commit,
    auditEntry({
      who: `auto:${worst!.rule}`,
      what: "challenge",
      target: ip,
      why: `${worst!.rule}: ${worst!.explanation}`.slice(0, 400),
      reverse: {
        ...{ kind: "unchallenge", ip_address: ip, at },
        findings: causes.map(({ id }) => id),
      },
    }, at),
  );
  // Of two processes, one sets the challenge.
  if (!(await commit.commit()).ok) return;
  await challengeAddresses(kv, [{ ip, at, until }], at);
}

async function block(
  options: AutoBlockOptions,
  range: Cidr,
  causes: readonly Finding[],
  before: KnownOffence,
): Promise<void> {
  const at = options.now();
  const level = nextLevel(before.value, at);
  const [worst] = causes.toSorted((a, b) => b.score - a.score);
  await blockAutomatically(options, {
    ...{ range, level, at, before, rule: worst!.rule },
    until: at + blockDuration(formatCidr(range), level),
    reason: `${worst!.rule}: ${worst!.explanation}`.slice(0, 400),
    evidence_until: Math.max(...causes.map(({ last_seen }) => last_seen)),
    findings: causes.map(({ id }) => id),
  });
}
