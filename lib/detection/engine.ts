import type { CrawlerVerifier } from "../bots/verify.ts";
import type { LoginEvent } from "../accounts/login_log.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { cutBytes } from "../base/text.ts";
import type { Census } from "./census.ts";
import { Clients } from "./clients.ts";
import {
  Counter,
  type Found,
  scanRange as rangeOf,
  type SettledUntil,
} from "./counter.ts";
import { type FindingDraft, POINTS, worstFirst } from "./draft.ts";
import { LOGIN_SAMPLER, requestSampler } from "./evidence.ts";
import { fewRecords } from "./few_records.ts";
import { isJudged, RecordMasks } from "./record_filter.ts";
import { type AnyRule, checkRule, type LoginRule, type Rule } from "./rule.ts";
import type { Baseline, Summary, SummaryRule } from "./summary.ts";
import { raiseTogether } from "./raise_together.ts";
import { spareVerified } from "./spare_verified.ts";
import type { FormPath } from "./form_paths.ts";
import type { TallyLimits } from "./tally_book.ts";
import type { Period } from "./types.ts";

/** The result of {@linkcode evaluate}. */
export interface Evaluation {
  /** At most one per rule and subject; the worst first. */
  drafts: FindingDraft[];
  /** How many records of the period were read, including those that count for no rule. */
  examined: number;
  /** Subjects and findings left out because there were too many. */
  dropped: number;
  /** Addresses whose findings the safelist suppresses. */
  safelisted: number;
  /** The clients of the period. */
  census: Census;
  /** Paths that seem to accept passwords. */
  forms: FormPath[];
}

/** Options of {@linkcode evaluate}. */
export interface EvaluateOptions {
  /** The login attempts, for the rules that read them. */
  logins?: AsyncIterable<LoginEvent>;
  /** How many requests this hour usually has. */
  baseline?: Baseline | null;
  /** Requests up to this time no longer count, because an admin has resolved the finding. */
  settledUntil?: SettledUntil;
  /** Called between chunks; its promise is awaited, so that other tasks run. */
  pace?: () => Promise<void> | void;
  /** Verifies crawlers: findings about a verified one are never above info. */
  verify?: CrawlerVerifier["check"];
  /** Whether an address is on the safelist: there are no findings about it. */
  isSafelisted?: (address: string) => boolean;
  /** The prefix length of IPv6 addresses that are one client (`IPV6_PREFIX`). @default 64 */
  ipv6Prefix?: number;
  /** @default 50,000 subjects and 100,000 samples per rule */
  limits?: TallyLimits;
  /** @default 20,000 findings per rule */
  maxDrafts?: number;
}

const LIMITS: TallyLimits = { subjects: 50_000, samples: 100_000 };
const MAX_DRAFTS = 20_000;
/** How many findings are made before yielding to other tasks. */
const PACE_EVERY = 200;
/** How many findings of a rule are confirmed by outside look-ups, and how many at a time. */
const MAX_CONFIRMED = 100;
const CONFIRMED_AT_ONCE = 8;
/** How long all look-ups together may take, in milliseconds; findings without one are dropped. */
const CONFIRM_MS = 3_000;

/** Whether a rule reads the request log. */
function readsRequests(rule: AnyRule): rule is Rule {
  return rule.stream === undefined || rule.stream === "requests";
}

/** Whether a rule reads the login log. */
function readsLogins(rule: AnyRule): rule is LoginRule {
  return rule.stream === "logins";
}

function readsFindings(rule: AnyRule): rule is SummaryRule {
  return rule.stream === "findings";
}

/**
 * Judges one period by all rules in one pass over its records. Pure, apart from reading the streams
 * and the outside look-ups of rules (see {@linkcode Rule.confirm}).
 *
 * Requests that our own blocklist refused never count, or a block would prolong itself; throttled
 * ones count for rules with `countsLimited`.
 *
 * @throws {RangeError} if a rule or the period is invalid.
 */
export async function evaluate(
  rules: readonly AnyRule[],
  records: AsyncIterable<Iterable<RequestRecord>>,
  period: Period,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const evaluator = new Evaluator(rules, period, options);
  await evaluator.readOnce(records, options.pace);
  return await evaluator.conclude(options);
}

/**
 * The counts of one period, which can be extended: a later evaluation need not read the same
 * records again. Login attempts are few, and are read again each time.
 */
export class Evaluator {
  /** How many records of the period were read so far. */
  examined = 0;
  readonly #rules: readonly AnyRule[];
  readonly #period: Period;
  readonly #clients: Clients;
  readonly #settledUntil: SettledUntil | undefined;
  readonly #limits: TallyLimits;
  readonly #counters: readonly Counter<RequestRecord>[];

  /** @throws {RangeError} if a rule or the period is invalid. */
  constructor(
    rules: readonly AnyRule[],
    period: Period,
    { settledUntil, limits = LIMITS, ipv6Prefix }: Pick<
      EvaluateOptions,
      "settledUntil" | "limits" | "ipv6Prefix"
    > = {},
  ) {
    this.#rules = rules;
    this.#period = period;
    this.#clients = new Clients(ipv6Prefix);
    this.#settledUntil = settledUntil;
    this.#limits = limits;
    const sampler = requestSampler();
    this.#counters = rules.filter(readsRequests).map((rule) =>
      new Counter({ ...this.#common(), rule, sampler })
    );
    for (const rule of rules.filter(readsFindings)) checkRule(rule);
  }

  #common() {
    return {
      period: this.#period,
      limits: this.#limits,
      settledUntil: this.#settledUntil,
      clients: this.#clients,
    };
  }

  /** Counts records; call it once for each. */
  async read(
    records: AsyncIterable<Iterable<RequestRecord>>,
    pace?: EvaluateOptions["pace"],
  ): Promise<void> {
    this.examined += await countRequests(
      masksOf(this.#rules),
      this.#counters,
      records,
      this.#period,
      this.#clients,
      pace,
    );
  }

  /** The same if no more records follow: with few records, most rules can skip counting. */
  async readOnce(
    records: AsyncIterable<Iterable<RequestRecord>>,
    pace?: EvaluateOptions["pace"],
  ): Promise<void> {
    const { few, rest } = await fewRecords(records);
    if (few === null) await this.read(rest, pace);
    else {
      this.examined += countFew(
        masksOf(this.#rules),
        this.#counters,
        few,
        this.#period,
        this.#clients,
      );
    }
  }

  /** The findings in the records read so far; more may be read afterwards. */
  async conclude(options: EvaluateOptions = {}): Promise<Evaluation> {
    const loginCounters = this.#rules.filter(readsLogins).map((rule) =>
      new Counter({ ...this.#common(), rule, sampler: LOGIN_SAMPLER })
    );
    if (options.logins && loginCounters.length > 0) {
      for await (const event of options.logins) {
        for (const counter of loginCounters) counter.count(event);
      }
    }
    return await concluded({
      counters: [...this.#counters, ...loginCounters],
      summaryRules: this.#rules.filter(readsFindings),
      clients: this.#clients,
      period: this.#period,
      examined: this.examined,
    }, options);
  }
}

/** The counts of a period. */
interface Counted {
  counters: readonly (Counter<RequestRecord> | Counter<LoginEvent>)[];
  summaryRules: readonly SummaryRule[];
  clients: Clients;
  period: Period;
  examined: number;
}

async function concluded(
  { counters, summaryRules, clients, period, examined }: Counted,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const drafts: FindingDraft[] = [];
  const silenced = new Set<string>();
  const isSafe = (subject: string) => {
    if (options.isSafelisted?.(subject) !== true) return false;
    silenced.add(subject);
    return true;
  };
  let dropped = 0;
  const maxDrafts = options.maxDrafts ?? MAX_DRAFTS;
  for (const counter of counters) {
    const { rule } = counter;
    const all = counter.found();
    const found = rule.confirm && all.length > 0
      ? await confirmed(all, rule.confirm)
      : all;
    dropped += counter.forgotten + Math.max(0, found.length - maxDrafts);
    for (const item of found.slice(0, maxDrafts)) {
      if (isSafe(item.ip_address)) continue;
      drafts.push(item.finish());
      if (drafts.length % PACE_EVERY === 0) await options.pace?.();
    }
    await options.pace?.();
  }
  if (options.verify) await spareVerified(drafts, options.verify);
  raiseTogether(drafts, clients);
  const baseline = options.baseline ?? null;
  const summary: Summary = { period, drafts: [...drafts], clients, baseline };
  for (const rule of summaryRules) {
    const found = summarized(rule, summary).filter(({ ip_address }) =>
      !isSafe(ip_address)
    );
    dropped += Math.max(0, found.length - maxDrafts);
    drafts.push(...found.slice(0, maxDrafts));
    await options.pace?.();
  }
  return {
    drafts: drafts.sort(worstFirst),
    ...{ examined, dropped, census: clients, safelisted: silenced.size },
    forms: [...clients.forms.looksLikeLogins()],
  };
}

/** The range of the request log to read for a period. */
export function scanRange(rules: readonly AnyRule[], period: Period): Period {
  return rangeOf(rules.filter(readsRequests), period);
}

/** The range of the login log to read for a period. */
export function loginRange(rules: readonly AnyRule[], period: Period): Period {
  return rangeOf(rules.filter(readsLogins), period);
}

/** Which rules a path or user agent concerns is the same for every hour. */
const knownMasks = new WeakMap<readonly AnyRule[], RecordMasks>();

function masksOf(rules: readonly AnyRule[]): RecordMasks {
  let masks = knownMasks.get(rules);
  if (masks === undefined) {
    masks = new RecordMasks(rules.filter(readsRequests));
    knownMasks.set(rules, masks);
  }
  return masks;
}

async function countRequests(
  masks: RecordMasks,
  counters: readonly Counter<RequestRecord>[],
  records: AsyncIterable<Iterable<RequestRecord>>,
  { from, to }: Period,
  clients: Clients,
  pace: EvaluateOptions["pace"],
): Promise<number> {
  let examined = 0;
  for await (const chunk of records) {
    for (const record of chunk) {
      const { timestamp } = record;
      if (timestamp >= to) continue;
      let client = -1;
      if (timestamp >= from) {
        examined++;
        if (isJudged(record)) client = clients.add(record);
      }
      let mask = masks.of(record);
      while (mask !== 0) {
        counters[31 - Math.clz32(mask & -mask)]!.count(record, client);
        mask &= mask - 1;
      }
    }
    await pace?.();
  }
  return examined;
}

/**
 * The same for records that can be read twice: a rule for which all records together do not exceed
 * the threshold has no findings, and needs no books.
 */
function countFew(
  masks: RecordMasks,
  counters: readonly Counter<RequestRecord>[],
  chunks: readonly Iterable<RequestRecord>[],
  { from, to }: Period,
  clients: Clients,
): number {
  let examined = 0;
  const sums = new Float64Array(counters.length);
  for (const chunk of chunks) {
    for (const record of chunk) {
      const { timestamp } = record;
      if (timestamp >= to) continue;
      if (timestamp >= from) {
        examined++;
        if (isJudged(record)) clients.add(record);
      }
      for (let mask = masks.of(record); mask !== 0; mask &= mask - 1) {
        const number = 31 - Math.clz32(mask & -mask);
        sums[number]! += counters[number]!.mostOf(record);
      }
    }
  }
  let needed = 0;
  for (const [number, counter] of counters.entries()) {
    if (sums[number]! > counter.atLeast) needed |= 1 << number;
  }
  if (needed === 0) return examined;
  for (const chunk of chunks) {
    for (const record of chunk) {
      if (record.timestamp >= to) continue;
      for (let mask = masks.of(record) & needed; mask !== 0; mask &= mask - 1) {
        counters[31 - Math.clz32(mask & -mask)]!.count(record);
      }
    }
  }
  return examined;
}

/** The most severe findings that an outside look-up confirms. */
async function confirmed(
  found: Found[],
  confirm: (tally: Found["tally"]) => Promise<boolean>,
): Promise<Found[]> {
  const asked = found.slice(0, MAX_CONFIRMED);
  const holds = new Array<boolean>(asked.length).fill(false);
  const until = performance.now() + CONFIRM_MS;
  let next = 0;
  await Promise.all(Array.from({ length: CONFIRMED_AT_ONCE }, async () => {
    while (next < asked.length && performance.now() < until) {
      const index = next++;
      holds[index] = await confirm(asked[index]!.tally);
    }
  }));
  return asked.filter((_, index) => holds[index]);
}

function summarized(rule: SummaryRule, summary: Summary): FindingDraft[] {
  return rule.judge(summary, rule).map((found): FindingDraft => ({
    rule: rule.name,
    ip_address: found.subject,
    severity: found.severity,
    score: rule.weight * POINTS[found.severity],
    count: found.count,
    first_seen: found.first,
    last_seen: found.last,
    period: summary.period.from,
    evidence: found.evidence,
    explanation: cutBytes(found.explanation, 400),
  })).sort(worstFirst);
}
