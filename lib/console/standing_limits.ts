/**
 * Active limits of a client: spent limits, locks of an account, challenges by limits. Blocks are
 * the blocklist's. Seen and lifted by address, user, key or rule.
 *
 * @module
 */
import { Refusal } from "../base/refusal.ts";
import {
  createLoginThrottles,
  half,
  type LimitDeps,
} from "../accounts/limits.ts";
import { liftLocks, listLocks } from "../accounts/locks.ts";
import { findUserByName } from "../accounts/users.ts";
import { quoted } from "../base/quoted.ts";
import type { Rate } from "../limits/rate.ts";
import { countable, opensAt, type Passes, total } from "../limits/window.ts";
import {
  type Cidr,
  formatCidr,
  isSingle,
  overlaps,
  parseCidr,
  readCidr,
} from "../net/cidr.ts";
import { limitSubject } from "../net/prefix.ts";
import { ruleOfLimit } from "../policy/limit_rule.ts";
import type { Policy } from "../policy/policy.ts";
import { networkOf } from "../net/network.ts";
import {
  liftChallenges,
  MACHINE_CHALLENGE,
  temporaryRules,
} from "../policy/temporary.ts";
import { keyName } from "../policy/subject_name.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { auditEntry, putAudit } from "../store/audit.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import type { Config } from "../settings/config.ts";

/** An active limit of a client. */
export interface StandingLimit {
  kind: "limit" | "lock" | "challenge";
  /** The name of the rule or limit. */
  rule: string;
  /** The counted subjects, as named in the store. */
  subject: string;
  limit: number;
  /** In milliseconds. */
  windowMs: number;
  /** When the next attempt can pass, epoch ms. */
  opensAt: number;
}

/** The subject of limits. */
export type LimitedSubject =
  | { kind: "address"; range: Cidr }
  | { kind: "user"; name: string }
  | { kind: "key"; value: string }
  | { kind: "rule"; name: string };

/** The dependencies of look-ups. */
export interface StandingOptions {
  kv: Deno.Kv;
  now: () => number;
  config: Config;
  addresses: AddressStorage;
  accounts: LimitDeps;
  policy: Policy;
}

/** The limit of rows read. */
const MAX_ROWS = 50_000;

/**
 * Parses a subject: an address or range, or a name: first as a user's, then as a rule's; `user:`,
 * `key:` and `rule:` choose one.
 *
 * @throws {Refusal} `missing`, if it is none of them.
 */
export async function limitedSubject(
  { kv, policy, config }: Pick<StandingOptions, "kv" | "policy" | "config">,
  text: string,
): Promise<LimitedSubject> {
  const [, kind, name] = /^(user|key|rule):(.+)$/s.exec(text) ?? [];
  if (kind === "user") {
    const user = await findUserByName({ kv }, name!);
    return { kind, name: user?.username ?? name! };
  }
  if (kind === "rule") return { kind, name: name! };
  if (kind === "key") return { kind, value: name! };
  const range = readCidr(text);
  if (range !== null) return { kind: "address", range };
  const user = await findUserByName({ kv }, text);
  if (user !== null) return { kind: "user", name: user.username };
  if (isRule(policy, fixedRates(config), text)) {
    return { kind: "rule", name: text };
  }
  throw new Refusal(
    "missing",
    `Cannot find limits of ${
      quoted(text)
    }: expected an address, a range, or the name of a user or rule`,
  );
}

/** The limits of the environment, by their names in the store. */
function fixedRates(config: Config): Record<string, Rate> {
  return {
    "login": config.loginRateAnonymous,
    "login-signed-in": config.loginRateAuthenticated,
    "login-pair": half(config.loginRateAccount),
    "login-account": config.loginRateAccount,
    "signup": config.signupRate,
    "geo": config.geoRate,
  };
}

function isRule(
  policy: Policy,
  rates: Record<string, Rate>,
  name: string,
): boolean {
  return policy.rules.some((rule) => rule.name === name) ||
    name === MACHINE_CHALLENGE ||
    Object.keys(rates).some((limit) => isOf(limit, name));
}

/** Whether a limit is meant by its own name or by that of its rule, as records show it. */
function isOf(limit: string, name: string): boolean {
  return limit === name || ruleOfLimit(limit) === name;
}

/** The active limits of a subject, or all without one. */
export async function standingLimits(
  options: StandingOptions,
  subject: LimitedSubject | null,
): Promise<StandingLimit[]> {
  const found: StandingLimit[] = [];
  for await (const { standing } of matching(options, subject)) {
    if (standing !== null) found.push(standing);
  }
  if (subject?.kind === "user") {
    const user = await findUserByName(options.accounts, subject.name);
    const locks = user ? await listLocks(options.accounts, user) : [];
    for (const { policy, who, limit, windowMs, opens_at } of locks) {
      found.push({
        kind: "lock",
        rule: policy,
        subject: who,
        limit,
        windowMs,
        opensAt: opens_at,
      });
    }
  }
  return found;
}

/**
 * Lifts them, in every process within a second, and clears the counts. Resolves to the lifted
 * limits.
 */
export async function liftLimits(
  options: StandingOptions,
  subject: LimitedSubject,
  { by, from = null }: { by: string; from?: string | null },
): Promise<StandingLimit[]> {
  const stood = await standingLimits(options, subject);
  for await (const { lift } of matching(options, subject)) await lift();
  if (subject.kind === "user") {
    const user = await findUserByName(options.accounts, subject.name);
    if (user) await liftLocks(options.accounts, user);
  }
  await options.policy.exchange();
  if (stood.length > 0) {
    const { kv, now } = options;
    const entry = auditEntry({
      who: by,
      what: "lift_limits",
      target: subjectText(subject),
      from,
      why: [...new Set(stood.map(({ rule }) => rule))].join(", "),
    }, now());
    await write(() => putAudit(kv.atomic(), entry).commit());
  }
  return stood;
}

/** The subject for the audit trail: a key is a secret. */
function subjectText(subject: LimitedSubject): string {
  switch (subject.kind) {
    case "address":
      return formatCidr(subject.range);
    case "key":
      return keyName(subject.value);
    default:
      return `${subject.kind}:${subject.name}`;
  }
}

interface Match {
  standing: StandingLimit | null;
  lift: () => unknown;
}

async function* matching(
  options: StandingOptions,
  subject: LimitedSubject | null,
): AsyncGenerator<Match> {
  const { kv, now, config, policy } = options;
  const names = namesOf(options, subject);
  for (const { ip, until } of (await temporaryRules(kv, now())).challenged) {
    const isMeant = subject === null ||
      (subject.kind === "rule"
        ? subject.name === MACHINE_CHALLENGE
        : subject.kind === "address" && overlaps(parseCidr(ip), subject.range));
    if (!isMeant) continue;
    yield {
      standing: {
        kind: "challenge",
        rule: MACHINE_CHALLENGE,
        subject: ip,
        limit: 0,
        windowMs: 0,
        opensAt: until,
      },
      lift: () => liftChallenges(kv, (each) => each.ip === ip, now()),
    };
  }
  const rates = fixedRates(config);
  for (const { name, limit, exact } of policy.rules) {
    if (exact && limit && "windowMs" in limit) rates[`policy:${name}`] = limit;
  }
  const isNamed = (rule: string, name: string) =>
    subject === null ||
    (subject.kind === "rule" ? isOf(rule, subject.name) : names(name));
  let read = 0;
  const rows = kv.list<{ passes: Passes }>({ prefix: keys.throttlesAll() }, {
    batchSize: 500,
  });
  for await (const { key, value } of rows) {
    if (++read > MAX_ROWS) break;
    const stored = String(key[1]);
    const rate = rates[stored];
    const name = String(key[2]);
    const rule = stored.replace(/^policy:/, "");
    if (rate === undefined || !isNamed(rule, name)) continue;
    const { passes } = countable(value.passes, now(), rate);
    yield {
      standing: total(passes) < rate.limit ? null : {
        kind: kindOf(policy, rule),
        rule,
        subject: name,
        limit: rate.limit,
        windowMs: rate.windowMs,
        opensAt: opensAt(passes, rate),
      },
      lift: () => kv.delete(key),
    };
  }
  if (subject?.kind === "address") {
    for (const name of addressNames(options, subject.range)) {
      yield { standing: null, lift: () => kv.delete(keys.spray(name)) };
    }
  }
  for (const { rule, tally } of policy.engine.limits()) {
    if (tally === null) continue;
    const at = now();
    for (const { name } of [...tally.heavy(0, at)]) {
      if (!isNamed(rule.name, name)) continue;
      const decision = rule.kind === "block" ? null : tally.spent(name, at);
      yield {
        standing: decision === null || decision.allowed ? null : {
          kind: rule.then,
          rule: rule.name,
          subject: name,
          limit: decision.limit,
          windowMs: decision.windowMs,
          opensAt: at + decision.retryAfterMs,
        },
        lift: () => policy.forget((each) => each === rule ? name : null),
      };
    }
  }
}

function kindOf(policy: Policy, name: string): StandingLimit["kind"] {
  if (name.startsWith("login-")) return "lock";
  return policy.rules.find((rule) => rule.name === name)?.then ?? "limit";
}

/** Whether a name in the store belongs to the subject. */
function namesOf(
  options: StandingOptions,
  subject: LimitedSubject | null,
): (name: string) => boolean {
  if (subject?.kind === "user") {
    const wanted = `user:${subject.name}`;
    return (name) => name === wanted;
  }
  if (subject?.kind === "key") {
    const wanted = keyName(subject.value);
    return (name) => name === wanted;
  }
  if (subject?.kind !== "address") return () => true;
  const { range } = subject;
  const known = new Set(addressNames(options, range));
  return (name) => {
    // In a limit by address and account, the address is first.
    const [first = ""] = name.split(" ", 1);
    if (known.has(first)) return true;
    const counted = readCidr(first);
    return counted !== null && overlaps(counted, range);
  };
}

/** The names of an address in the store: itself, its network, or their hashed forms. */
function addressNames(
  { addresses, config }: StandingOptions,
  range: Cidr,
): string[] {
  const text = formatCidr(range);
  const forms = isSingle(range)
    ? [limitSubject(text, config.ipv6Prefix), networkOf(text) ?? text, text]
    : [text];
  return forms.map((each) => addresses.nameOf("limit", each));
}

/** The part of accounts that {@linkcode standingLimits} needs, if no server runs. */
export async function limitDeps(
  { kv, now, config, tag }: {
    kv: Deno.Kv;
    now: () => number;
    config: Config;
    tag: Promise<LimitDeps["tag"]>;
  },
): Promise<LimitDeps> {
  return {
    kv,
    now,
    rates: config,
    tag: await tag,
    throttles: createLoginThrottles({ kv, now, rates: config }),
  };
}
