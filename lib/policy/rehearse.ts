/**
 * Simulates a declaration over the stored log: the same engine, on the log's clock, with simulated
 * blocks.
 *
 * @module
 */
import { botOf } from "../bots/bot_of.ts";
import { nextLevel, type Offence, ruledDuration } from "../lists/offence.ts";
import { MAX_SPAN_MS } from "../log/log_chunk.ts";
import { scanRequests, type TimeRange } from "../log/request_query.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { limitSubject } from "../net/prefix.ts";
import { Engine, type Verdict } from "./engine.ts";
import { CONDITIONS, type Conditions } from "./conditions/mod.ts";
import { compileGlob } from "./glob.ts";
import { LoggedSubject } from "./logged_subject.ts";
import { UNCHALLENGED } from "./never.ts";
import { type ProgramPath, ProgramPaths } from "./program_paths.ts";
import { readRules } from "./read_rules.ts";
import { appPath } from "./request_subject.ts";
import type { Rule } from "./rule.ts";
import { networkOf } from "../net/network.ts";
import { createNamer } from "./subject_name.ts";

/** The simulated effect of a rule. */
export interface RehearsedRule {
  name: string;
  requests: number;
  /** Distinct addresses, as stored. */
  clients: number;
  /** Distinct signed-in users. */
  users: number;
  /** Distinct crawlers, by their claimed name. */
  crawlers: number;
  includes_you: boolean;
  /** The ten addresses with the most requests. */
  top: { ip_address: string; requests: number }[];
  /**
   * The rule's conditions that cannot be evaluated on the log; the numbers are then an upper bound.
   */
  unknown: string[];
  /** For a challenge: paths used by programs, which cannot solve it. */
  programs: ProgramPath[];
}

/** See {@linkcode rehearsePolicy}. */
export interface PolicyRehearsal {
  /** Epoch ms. */
  since: number;
  until: number;
  /** How many requests were evaluated. */
  requests: number;
  /** False if the time ran out: `until` is how far it came. */
  is_whole: boolean;
  rules: RehearsedRule[];
}

/** Options of {@linkcode rehearsePolicy}. */
export interface RehearseOptions {
  kv: Deno.Kv;
  now: () => number;
  /** As declared. */
  rules: readonly unknown[];
  since: number;
  /** @default now */
  until?: number;
  ipv6Prefix: number;
  /** The admin's own address in its stored forms. */
  you?: readonly string[];
  /** Whether an address is on the safelist, for which no rule is evaluated. */
  isSafe?: (ip: string) => boolean;
  /** Whether the log holds unchanged addresses. @default {true} */
  hasAddresses?: boolean;
  /** Called after each request to yield to other tasks. */
  pace?: () => Promise<void> | void;
  /** The time limit, in milliseconds. @default {Infinity} */
  budgetMs?: number;
}

/** The most addresses of a rule that are distinguished. */
const MAX_DISTINCT = 100_000;
const TOP = 10;

const isUnchallenged = UNCHALLENGED.map(compileGlob);

/**
 * Runs a declaration over the stored log and writes nothing.
 *
 * @throws {PolicyError} if it is invalid.
 */
export async function rehearsePolicy(
  options: RehearseOptions,
): Promise<PolicyRehearsal> {
  const { rules } = readRules(options.rules);
  const { kv, now, since, pace, budgetMs = Infinity } = options;
  const until = options.until ?? now();
  const stage = new Stage(rules, options);
  const end = performance.now() + budgetMs;
  const range = { from: since, to: until };
  let requests = 0;
  let stoppedAt: number | null = null;
  for await (const records of inOrder(kv, range, now)) {
    for (const record of records) {
      // After the time limit, requests of the same millisecond are still included.
      if (stoppedAt !== null && record.timestamp > stoppedAt) break;
      requests++;
      stage.play(record);
      const turn = pace?.();
      if (turn) await turn;
      if (performance.now() > end) stoppedAt ??= record.timestamp;
    }
    if (stoppedAt !== null) break;
  }
  return {
    since,
    until: stoppedAt === null ? until : stoppedAt + 1,
    requests,
    is_whole: stoppedAt === null,
    rules: stage.report(),
  };
}

/** Whether a condition cannot be evaluated by this log, or any. */
function isNotLogged(hasAddresses: boolean, name: keyof Conditions): boolean {
  const { inLog } = CONDITIONS[name];
  return inLog === "address" ? !hasAddresses : !inLog;
}

class Stage {
  readonly #options: RehearseOptions;
  readonly #rules: readonly Rule[];
  readonly #engine: Engine;
  readonly #tallies = new Map<string, RuleTally>();
  readonly #blocked = new Map<
    string,
    { offence: Omit<Offence, "expires_at">; rule: Rule }
  >();
  #open: { end: number; release: () => void }[] = [];
  #record!: RequestRecord;

  constructor(rules: readonly Rule[], options: RehearseOptions) {
    const { hasAddresses = true } = options;
    this.#options = options;
    this.#rules = rules;
    for (const rule of rules) {
      this.#tallies.set(rule.name, new RuleTally(mayChallenge(rule)));
    }
    this.#engine = new Engine({
      rules,
      nameSubject: createNamer(options),
      isUnknown: (condition) => isNotLogged(hasAddresses, condition),
      isCleared: ({ user, path }) =>
        user !== null || isUnchallenged.some((glob) => glob(path)),
      onTrack: (rule) => this.#count(rule),
      onOffence: (rule, ip, name) => this.#block(rule, ip, name),
    });
  }

  play(record: RequestRecord): void {
    this.#record = record;
    const { timestamp, ip_address: ip } = record;
    // The lists decide before the rules, in the log as now.
    if (record.outcome === "blocked" && record.rule === null) return;
    if (this.#options.isSafe?.(ip)) return;
    this.#giveBack(timestamp);
    const held = this.#holding(ip, timestamp);
    if (held !== null) return this.#count(held);
    const subject = new LoggedSubject(record);
    const verdict = this.#engine.decide(subject, timestamp) as Verdict;
    if (verdict.release !== null) {
      this.#open.push({
        end: timestamp + (record.duration_ms ?? 0),
        release: verdict.release,
      });
    }
    if (verdict.rule !== null) this.#count(verdict.rule);
    const status = STATUS[verdict.kind] ?? record.status;
    this.#engine.answered(subject, status, timestamp);
  }

  report(): RehearsedRule[] {
    const { you = [], hasAddresses = true } = this.#options;
    return this.#rules.map((rule) => {
      const { programs, ...report } = this.#tallies.get(rule.name)!.report(you);
      const unknown = notLoggedIn(rule, hasAddresses);
      return { name: rule.name, ...report, unknown, programs };
    });
  }

  #count(rule: Rule): void {
    this.#tallies.get(rule.name)!.count(this.#record);
  }

  /** The rule that blocks an address at this time. */
  #holding(ip: string, at: number): Rule | null {
    for (
      const target of [this.#targetOf("ip", ip), this.#targetOf("network", ip)]
    ) {
      const block = this.#blocked.get(target);
      if (block !== undefined && block.offence.blocked_until > at) {
        return block.rule;
      }
    }
    return null;
  }

  #targetOf(by: string, ip: string): string {
    return by === "network"
      ? networkOf(ip) ?? ip
      : limitSubject(ip, this.#options.ipv6Prefix);
  }

  #block(rule: Rule, ip: string, name: string): void {
    const at = this.#record.timestamp;
    const target = this.#targetOf(rule.by, ip);
    const before = this.#blocked.get(target)?.offence ?? null;
    const level = nextLevel(
      before === null ? null : { ...before, expires_at: Infinity },
      at,
    );
    const blocked_until = at + ruledDuration(target, level, rule.blockMs);
    this.#blocked.set(target, {
      rule,
      offence: { level, blocked_until, evidence_until: at },
    });
    for (const { rule: each, tally } of this.#engine.limits()) {
      if (each === rule) tally!.forget(name);
    }
  }

  #giveBack(at: number): void {
    if (this.#open.length === 0) return;
    const [over, open] = [true, false].map((isOver) =>
      this.#open.filter(({ end }) => end <= at === isOver)
    );
    over!.forEach(({ release }) => release());
    this.#open = open!;
  }
}

const STATUS: Partial<Record<Verdict["kind"], number>> = {
  refuse: 403,
  challenge: 403,
  limit: 429,
};

function mayChallenge({ kind, then }: Rule): boolean {
  return kind === "challenge" || then === "challenge";
}

class RuleTally {
  #requests = 0;
  readonly #programs: ProgramPaths | null;
  readonly #clients = new Map<string, number>();
  readonly #users = new Set<string>();
  readonly #crawlers = new Set<string>();

  constructor(isChallenge: boolean) {
    this.#programs = isChallenge ? new ProgramPaths() : null;
  }

  count(record: RequestRecord): void {
    const { ip_address, username, user_agent, status } = record;
    this.#requests++;
    this.#programs?.count({
      path: appPath(record.path),
      status,
      user_agent,
    });
    const known = this.#clients.get(ip_address);
    if (known !== undefined || this.#clients.size < MAX_DISTINCT) {
      this.#clients.set(ip_address, (known ?? 0) + 1);
    }
    if (username !== null && this.#users.size < MAX_DISTINCT) {
      this.#users.add(username);
    }
    const bot = botOf(user_agent);
    if (
      bot !== null && bot.category !== "tool" && bot.category !== "headless"
    ) this.#crawlers.add(bot.name);
  }

  report(you: readonly string[]): Omit<RehearsedRule, "name" | "unknown"> {
    return {
      requests: this.#requests,
      clients: this.#clients.size,
      users: this.#users.size,
      crawlers: this.#crawlers.size,
      includes_you: you.some((form) => this.#clients.has(form)),
      top: [...this.#clients]
        .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
        .slice(0, TOP)
        .map(([ip_address, requests]) => ({ ip_address, requests })),
      programs: this.#programs?.found() ?? [],
    };
  }
}

function notLoggedIn(
  { when, by, kind }: Rule,
  hasAddresses: boolean,
): string[] {
  const names = new Set<string>();
  for (const { not: _, ...each } of [when, ...when.not ?? []]) {
    for (const name of Object.keys(each) as (keyof Conditions)[]) {
      if (isNotLogged(hasAddresses, name)) names.add(name);
    }
  }
  if ((kind === "limit") && by.startsWith("header:")) names.add(by);
  return [...names];
}

/** Chunks are only roughly ordered by time; rules that count need the exact order. */
async function* inOrder(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
): AsyncGenerator<RequestRecord[]> {
  let waiting: RequestRecord[] = [];
  let latest = -Infinity;
  for await (const records of scanRequests(kv, range, now)) {
    for (const record of records) {
      latest = Math.max(latest, record.timestamp);
      waiting.push(record);
    }
    if (waiting.length < 10_000) continue;
    waiting.sort(byTime);
    const ready = waiting.findIndex(({ timestamp }) =>
      timestamp > latest - 2 * MAX_SPAN_MS
    );
    yield waiting.slice(0, ready);
    waiting = waiting.slice(ready);
  }
  yield waiting.sort(byTime);
}

function byTime(a: RequestRecord, b: RequestRecord): number {
  return a.timestamp - b.timestamp;
}
