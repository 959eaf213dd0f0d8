import { HOUR, MINUTE } from "../base/duration.ts";
import { delay } from "../base/delay.ts";
import { keys } from "../store/keys.ts";
import { HourHistory, recordHour } from "./baseline.ts";
import type { CrawlerVerifier } from "../bots/verify.ts";
import { evaluate, type Evaluation, scanRange } from "./engine.ts";
import type { Finding } from "./finding.ts";
import type { FormPath } from "./form_paths.ts";
import { isWanted, takeLease } from "../store/lease.ts";
import { type Recorded, recordFindings } from "./record_findings.ts";
import type { AnyRule } from "./rule.ts";
import { circumstances } from "./circumstances.ts";
import { RunningHour } from "./running_hour.ts";
import { readStanding, type Standing } from "./standing.ts";
import { safelisted } from "./safelisted.ts";
import { type Period, type RecordSource } from "./types.ts";

/** The options of every run of the rules. */
export interface JobOptions {
  kv: Deno.Kv;
  now: () => number;
  source: RecordSource;
  rules: readonly AnyRule[];
  /** Report findings without writing anything. */
  dryRun?: boolean;
  /** The findings of a dry run over several hours so far, by id. */
  drafted?: Map<string, Finding>;
  /** Checks whether a client that claims to be a crawler is one. */
  verify?: CrawlerVerifier["check"];
  /** The usual numbers of requests, if a run covers many hours. */
  history?: HourHistory;
  /**
   * Whether an address is on the safelist, if a run covers many hours; otherwise the safelist is
   * read.
   */
  isSafelisted?: (address: string) => boolean;
  /** Yields to other tasks during a long run; see pacer.ts. */
  pace?: () => Promise<void> | void;
  /** Called with paths that seem to accept passwords. */
  propose?(forms: readonly FormPath[]): Promise<void>;
  /**
   * Called with what was recorded, before the run counts as done. A repeated run passes the same
   * findings, but `news` only the first time.
   */
  respond?(recorded: Pick<Recorded, "findings" | "news">): Promise<void>;
}

/** The result of a run. */
export interface DetectionResult {
  /**
   * Findings of the judged period, whether new or recorded before, without those that an admin has
   * resolved. So repeating a run returns the same number.
   */
  flagged: number;
  /** How many of these were new, or had been resolved before. */
  raised: number;
  /** Records that were read. */
  examined: number;
  took_ms: number;
  /** Subjects and findings left out because there were too many. */
  dropped: number;
  /** Addresses whose findings the safelist suppresses. */
  safelisted: number;
  findings: Finding[];
}

/** Findings of severity `info` are not stored beyond this many findings in total. */
const INFO_CEILING = 100_000;
const CATCH_UP_HOURS = 48;
const HOLD_MS = 5 * MINUTE;
const SETTLE_MS = 1_000;
/** How late a run over many hours notices changes of the safelist. */
const SAFELIST_MS = 1_000;
/** The lease of light passes. */
const LIGHT = "detect_light";
/** The lease of a light pass that died delays only the next pass. */
const LIGHT_HOLD_MS = 80_000;

/**
 * Runs the rules over the hour that ends at `at`.
 *
 * @param options `at` is in milliseconds since the epoch, now by default.
 */
export function runDetection(
  options: JobOptions & { at?: number },
): Promise<DetectionResult> {
  const to = options.at ?? options.now();
  const period = { from: to - HOUR, to };
  return timed(async () =>
    judge(options, period, await standing(options, period.from))
  );
}

/**
 * Runs the rules over each clock hour (UTC) of a period, partial hours included, as the hourly job
 * would have done; for imported logs.
 *
 * @param onHour Called after each hour, for showing progress.
 * @throws {RangeError} if `from` is after `to`.
 */
export function detectRange(
  options: JobOptions,
  { from, to }: Period,
  onHour?: (hour: Period, result: Omit<DetectionResult, "took_ms">) => void,
): Promise<DetectionResult> {
  if (!(from <= to)) {
    throw new RangeError(`Cannot judge ${from} to ${to}: expected from <= to`);
  }
  return timed(async () => {
    const total = nothing();
    const known = await standing(options, floorHour(from));
    const run = { ...options, ...await continued(options, floorHour(from)) };
    for (let start = floorHour(from); start < to; start += HOUR) {
      const hour = { from: start, to: start + HOUR };
      const result = await judgeHour(run, hour, known);
      add(total, result);
      onHour?.(hour, result);
    }
    await run.history.flush();
    return total;
  });
}

/**
 * Judges only the clock hours (UTC) with these starts, the earliest first: the cost of an imported
 * log depends on its records, not on the time they span.
 *
 * @param onHour Called after each hour, for showing progress.
 */
export function detectHours(
  options: JobOptions,
  hours: Iterable<number>,
  onHour?: (done: number, all: number) => void,
): Promise<DetectionResult> {
  const starts = [...new Set(hours)].sort((a, b) => a - b);
  return timed(async () => {
    const total = nothing();
    const findings = new Map<string, Finding>();
    const [first] = starts;
    if (first === undefined) return total;
    const known = await standing(options, first);
    const { kv, now } = options;
    const run = { ...options, ...await continued(options, first) };
    const source = options.source.ahead?.() ?? options.source;
    let isSafelisted = await safelisted(kv, now());
    let read = performance.now();
    for (const [index, from] of starts.entries()) {
      if (performance.now() - read > SAFELIST_MS) {
        isSafelisted = await safelisted(kv, now());
        read = performance.now();
      }
      const hour = { from, to: from + HOUR };
      const all = { ...run, source, isSafelisted };
      const result = await judgeHour(all, hour, known);
      for (const finding of result.findings) findings.set(finding.id, finding);
      add(total, { ...result, findings: [] });
      onHour?.(index + 1, starts.length);
    }
    await run.history.flush();
    total.findings = [...findings.values()];
    total.flagged = total.findings.length;
    return total;
  });
}

/** The result of a run of the hourly job. */
export interface HourlyResult extends DetectionResult {
  /** False if another process holds the lease. */
  ran: boolean;
  /** Starts of the clock hours that were judged. */
  hours: number[];
  /** How many hours were too old to catch up. */
  skipped: number;
}

/** Options of {@linkcode runHourlyJob}. */
export interface HourlyOptions extends Omit<JobOptions, "dryRun"> {
  /** Called with a sentence about anything unusual. */
  log?: (message: string) => void;
  /**
   * How long after its end an hour is judged, at the earliest, in milliseconds: the request log is
   * written a moment after the response.
   *
   * @default 1,000
   */
  settleMs?: number;
  /** The counts of the running hour, whose records need not be read again. */
  running?: RunningHour;
}

/**
 * The hourly job: judges every whole clock hour (UTC) since its watermark. If it runs twice, late,
 * in two processes at once or is killed halfway, each finding is still recorded once: one process
 * at a time holds the lease, the watermark moves only meanwhile, and recording is idempotent.
 *
 * The very first run judges only the previous hour. At most 48 hours are caught up.
 */
export async function runHourlyJob(
  options: HourlyOptions,
): Promise<HourlyResult> {
  const { kv, now, settleMs = SETTLE_MS, log = () => {}, running } = options;
  // A timer may fire slightly before the full hour.
  const end = floorHour(now() + settleMs);
  const settled = end + settleMs - now();
  if (settled > 0) await delay(settled);

  // The process that has counted the hour should finish it.
  if (running && !running.has(end - HOUR)) {
    await giveWay(running, { kv, now });
  }
  const started = performance.now();
  const total = { ...nothing(), hours: [] as number[], skipped: 0 };
  const lease = await takeLease({ kv, job: "detect", now, holdMs: HOLD_MS });
  if (lease === null) return { ...total, ran: false, took_ms: 0 };
  try {
    const key = keys.watermark("detect");
    const mark = (await kv.get<number>(key)).value;
    let start = mark ?? end - HOUR;
    if (start > end + HOUR) {
      log("The detection job's watermark is in the future: starting again");
      start = end - HOUR;
    }
    const earliest = end - CATCH_UP_HOURS * HOUR;
    if (start < earliest) {
      total.skipped = Math.round((earliest - start) / HOUR);
      log(
        `The detection job is late: ${total.skipped} hours before ${
          new Date(earliest).toISOString()
        } are not evaluated`,
      );
      start = earliest;
    }
    const known = await standing(options, start);
    for (; start < end; start += HOUR) {
      const hour = { from: start, to: start + HOUR };
      const books = running?.has(start) ? running : undefined;
      add(total, await judgeHour(options, hour, known, books));
      total.hours.push(start);
      const ours = await lease.commit((commit) => commit.set(key, hour.to));
      if (!ours) {
        log("The detection job lost its lease: another process continues");
        break;
      }
    }
  } finally {
    await lease.release();
  }
  return {
    ...total,
    ran: true,
    took_ms: Math.round(performance.now() - started),
  };
}

/** The result of a light pass. */
export interface LightResult extends DetectionResult {
  /** False if another process holds the lease. */
  ran: boolean;
}

/**
 * The light pass: judges the running clock hour so far, so that an attack is flagged while it
 * continues. It sees a part of what the hourly job will see, and findings only grow, so the hour
 * ends with the same findings with or without passes.
 */
export async function runLightPass(
  options: Omit<JobOptions, "dryRun">,
  running?: RunningHour,
): Promise<LightResult> {
  const { kv, now } = options;
  const notRun = { ...nothing(), ran: false, took_ms: 0 };
  if (running?.isJudging) return notRun;
  if (running) running.isJudging = true;
  try {
    if (running) await giveWay(running, { kv, now });
    const lease = await takeLease({
      ...{ kv, now, job: LIGHT, holdMs: LIGHT_HOLD_MS, owner: running?.owner },
    });
    if (lease === null) {
      // Another process continues in the meantime.
      running?.forget();
      return notRun;
    }
    try {
      const from = floorHour(now());
      const hour = { from, to: from + HOUR };
      const books = running ?? new RunningHour();
      const result = await timed(async () =>
        judge(options, hour, await standing(options, from), books)
      );
      return { ...result, ran: true };
    } finally {
      await lease.release();
    }
  } finally {
    if (running) running.isJudging = false;
  }
}

/**
 * Waits for a process that has the counts already, if there is one: this process would have to read
 * the records again.
 */
async function giveWay(
  { owner, headStartMs }: RunningHour,
  { kv, now }: Pick<JobOptions, "kv" | "now">,
): Promise<void> {
  if (!await isWanted({ kv, now, job: LIGHT, owner })) return;
  await delay(headStartMs);
}

/** Whether the hourly job is behind by whole hours, for example after its process died. */
export async function isHourlyJobDue(
  { kv, now, graceMs }: { kv: Deno.Kv; now: () => number; graceMs: number },
): Promise<boolean> {
  const { value } = await kv.get<number>(keys.watermark("detect"));
  return value !== null && value < floorHour(now() - graceMs);
}

/** Drafts of one hour, without recording them; for a rehearsal. */
export async function draftsOfHour(
  { kv, now, source, rules, pace, history, verify, isSafelisted }: Omit<
    JobOptions,
    "dryRun" | "respond"
  >,
  period: Period,
  settledUntil?: Standing["settledUntil"],
): Promise<Evaluation> {
  const records = source.scan(scanRange(rules, period));
  return await evaluate(rules, records, period, {
    settledUntil,
    ...await circumstances(
      { kv, now, source, rules, pace, history, verify, isSafelisted },
      period,
    ),
  });
}

/**
 * State that a run over several hours carries along, so that a dry run finds what a real one does.
 */
async function continued(
  { kv, now, dryRun }: JobOptions,
  from: number,
): Promise<{ history: HourHistory; drafted?: Map<string, Finding> }> {
  return {
    history: await HourHistory.open(kv, now, from, dryRun),
    ...dryRun ? { drafted: new Map() } : {},
  };
}

type Untimed = Omit<DetectionResult, "took_ms">;

/** Resolutions are read once per run; later ones are respected when findings are recorded. */
function standing(
  { kv, now, rules }: JobOptions,
  from: number,
): Promise<Standing> {
  const first = scanRange(rules, { from, to: from + HOUR });
  return readStanding(kv, first.from, now());
}

/** Judges a whole clock hour and stores its number of requests. */
async function judgeHour(
  options: JobOptions,
  hour: Period,
  known: Standing,
  running?: RunningHour,
): Promise<Untimed> {
  const { requests, ...result } = await judge(options, hour, known, running);
  const { dryRun, history, kv, now } = options;
  if (history) await history.record(hour.from, requests);
  else if (!dryRun) await recordHour(kv, hour.from, requests, now());
  return result;
}

/**
 * Returns the number of requests instead of the census, whose counters can then be freed before
 * recording.
 */
async function counted(
  options: JobOptions,
  period: Period,
  known: Standing,
  running?: RunningHour,
) {
  const { census, ...evaluation } =
    await running?.evaluate(options, period, known) ??
      await draftsOfHour(options, period, known.settledUntil);
  return { ...evaluation, requests: census.requests };
}

async function judge(
  options: JobOptions,
  period: Period,
  known: Standing,
  running?: RunningHour,
): Promise<Untimed & { requests: number }> {
  const { kv, now, dryRun, respond, propose } = options;
  const { drafts, examined, dropped, requests, ...rest } = await counted(
    options,
    period,
    known,
    running,
  );
  const recorded = await recordFindings(kv, drafts.splice(0), now(), {
    dryRun,
    drafted: options.drafted,
    infoRoom: Math.max(0, INFO_CEILING - known.total),
    stored: known.ids,
    pace: options.pace,
  });
  known.total += recorded.raised;
  for (const { id } of recorded.news) known.ids.add(id);
  if (!dryRun && recorded.findings.length > 0) await respond?.(recorded);
  if (!dryRun && rest.forms.length > 0) await propose?.(rest.forms);
  return {
    flagged: recorded.findings.length,
    raised: recorded.raised,
    examined,
    dropped: dropped + recorded.dropped,
    safelisted: rest.safelisted,
    findings: recorded.findings,
    requests,
  };
}

/** A finding of several hours counts once, in its last state. */
function add(total: Untimed, part: Untimed): void {
  const byId = new Map(total.findings.map((finding) => [finding.id, finding]));
  for (const finding of part.findings) byId.set(finding.id, finding);
  total.findings = [...byId.values()];
  total.flagged = total.findings.length;
  total.raised += part.raised;
  total.examined += part.examined;
  total.dropped += part.dropped;
  total.safelisted += part.safelisted;
}

function nothing(): Untimed {
  return {
    ...{ flagged: 0, raised: 0, examined: 0, dropped: 0, safelisted: 0 },
    findings: [],
  };
}

async function timed(run: () => Promise<Untimed>): Promise<DetectionResult> {
  const started = performance.now();
  const result = await run();
  return { ...result, took_ms: Math.round(performance.now() - started) };
}

function floorHour(ms: number): number {
  return Math.floor(ms / HOUR) * HOUR;
}
