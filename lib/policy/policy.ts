/**
 * The policy of a running process: it reads the declaration, follows its changes, and evaluates
 * each request by the engine.
 *
 * @module
 */
import { deadline } from "../base/delay.ts";
import { logLine } from "../base/log_line.ts";
import type { RequestView } from "../http/request_view.ts";
import { LimitExchange } from "../limits/exchange.ts";
import type { Tallied, Tally } from "../limits/tally.ts";
import { createThrottle, type Decision } from "../limits/throttle.ts";
import { isStoreFailure } from "../store/errors.ts";
import { ban, type BanOptions } from "./ban.ts";
import { Challenges, SOLUTION_FIELD } from "./challenge.ts";
import { Engine, type Verdict } from "./engine.ts";
import { UNCHALLENGED } from "./never.ts";
import { PolicyFile } from "./policy_file.ts";
import {
  declaredRules,
  type StoredPolicy,
  storedPolicy,
} from "./policy_store.ts";
import { type Declaration, readRules } from "./read_rules.ts";
import {
  type Asker,
  type Knowledge,
  NO_KNOWLEDGE,
  RequestSubject,
} from "./request_subject.ts";
import type { Rule } from "./rule.ts";
import { RuleCounts } from "./rule_counts.ts";
import { compileGlob } from "./glob.ts";
import { rulesOf, type Temporary, temporaryRules } from "./temporary.ts";
import { createNamer, type SubjectNamer } from "./subject_name.ts";

/** The source of the declaration in force. */
export type PolicySource =
  | { kind: "store"; version: number; at: number | null; by: string | null }
  | { kind: "file"; file: string }
  | { kind: "options" };

/**
 * The signed-in user, and whether their browser is one that they used before.
 *
 * @example
 * ```ts
 * import type { GuardSettings, Who } from "@portcullis/portcullis/guard";
 *
 * // Your own sessions.
 * const userOf = (_cookie: string | null): Promise<string | null> =>
 *   Promise.resolve("ann");
 * const nobody: Who = { username: null, isKnownDevice: false };
 * const settings: GuardSettings = {
 *   async whoIs(request) {
 *     const username = await userOf(request.headers.get("cookie"));
 *     return username === null ? nobody : { username, isKnownDevice: false };
 *   },
 * };
 * ```
 */
export interface Who {
  /** The user's name; null if not signed in. */
  username: string | null;
  /** Whether they have logged in from it before. */
  isKnownDevice: boolean;
}

/** Options of {@linkcode Policy.open}. */
export interface PolicyOptions extends BanOptions {
  /** The key that signs puzzles and passes. */
  key: Uint8Array;
  /** Rules for this process, which override the store. */
  rules?: readonly unknown[];
  /** A file of rules, which also overrides the store. */
  file?: string | null;
  /** Whether visitors use https; null to decide by the request's URL. */
  https?: boolean | null;
  knowledge?: Partial<Knowledge>;
  /** Finds the signed-in user; called only if a rule needs it. */
  whoIs?: (request: RequestView) => Promise<Who | null>;
  onError?: (what: string, error: unknown) => void;
  /** The poll interval for changes, in milliseconds. @default {500} */
  pollMs?: number;
}

/** The result of a policy for one request. */
export interface Passage {
  verdict: Verdict;
  subject: RequestSubject;
  /** The pass for a correct solution, or null for a wrong one. */
  solved?: { pass: string | null };
}

const DEADLINE_MS = 1_000;
/** The interval at which the rules' counts are written, in milliseconds. */
const COUNT_MS = 30_000;
const isUnchallenged = UNCHALLENGED.map(compileGlob);

/** See the module. */
export class Policy {
  readonly challenges: Challenges;
  readonly #options: PolicyOptions;
  readonly #exchange: LimitExchange;
  readonly #nameSubject: SubjectNamer;
  readonly #knowledge: Knowledge;
  readonly #file: PolicyFile | null;
  /** Clients for which a block is in progress. */
  readonly #banning = new Set<string>();
  readonly #counts = new RuleCounts();
  #countedAt = 0;
  #engine: Engine;
  #declaration: Declaration = { declared: [], rules: [] };
  #temporary: Temporary | null = null;
  #temporaryText = "";
  #source: PolicySource = { kind: "store", version: 0, at: null, by: null };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();
  #isFailing = false;
  #closed = false;

  private constructor(options: PolicyOptions) {
    const { kv, now, addresses, ipv6Prefix } = options;
    this.#options = options;
    this.#knowledge = { ...NO_KNOWLEDGE, ...options.knowledge };
    this.#nameSubject = createNamer({
      ipv6Prefix,
      nameOf: (purpose, subject) => addresses.nameOf(purpose, subject),
    });
    this.#file = options.file ? new PolicyFile(options.file) : null;
    this.challenges = new Challenges({ kv, now, key: options.key });
    this.#exchange = new LimitExchange({
      kv,
      now,
      onMerged: (tally, tallied) => this.#merged(tally, tallied),
      onError: (error) => this.#report("sys_policy_exchange_fail", error),
    });
    this.#engine = this.#engineOf([]);
  }

  /**
   * Opens the policy of a process.
   *
   * @throws {PolicyError} if the file or the options are invalid.
   */
  static async open(options: PolicyOptions): Promise<Policy> {
    const policy = new Policy(options);
    if (options.rules !== undefined) {
      await policy.#use(readRules(options.rules), { kind: "options" });
    } else if (policy.#file !== null) {
      const { file } = policy.#file;
      await policy.#use((await policy.#file.read())!, { kind: "file", file });
    } else await policy.#follow();
    await policy.#followTemporary();
    policy.#exchange.start();
    policy.#schedule();
    return policy;
  }

  /** The rules as they were declared. */
  get declared(): readonly unknown[] {
    return this.#declaration.declared;
  }

  /** The parsed rules. */
  get rules(): readonly Rule[] {
    return this.#declaration.rules;
  }

  get source(): PolicySource {
    return this.#source;
  }

  now(): number {
    return this.#options.now();
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** Names the subject that a request counts for. */
  get nameSubject(): SubjectNamer {
    return this.#nameSubject;
  }

  /** Evaluates a request; null if no rule can match it. */
  admit(
    request: RequestView,
    sentPath: string,
    asker: Asker & { username: string | null },
    now: number,
  ): Passage | Promise<Passage> | null {
    const engine = this.#engine;
    if (engine.isEmpty) return null;
    const subject = new RequestSubject(
      request,
      sentPath,
      asker,
      this.#knowledge,
    );
    const solution = engine.challenges
      ? request.headers.get(SOLUTION_FIELD)
      : null;
    if (solution !== null) return this.#solve(solution, subject);
    if (
      this.#options.whoIs !== undefined && asker.username === null &&
      engine.wantsUser(subject.method, subject.path)
    ) {
      return this.#options.whoIs(request).then((who) => {
        asker.username ??= who?.username ?? null;
        subject.isKnownDevice = who?.isKnownDevice ?? false;
        return this.#decide(engine, subject, now);
      });
    }
    return this.#decide(engine, subject, now);
  }

  /**
   * Whether a rule refuses a request that was allowed before: the policy may have changed since.
   */
  refuses(request: RequestView, sentPath: string, asker: Asker): boolean {
    if (this.#engine.isEmpty) return false;
    return this.#engine.refuses(
      new RequestSubject(request, sentPath, asker, this.#knowledge),
    );
  }

  /** Counts the response to a request. */
  answered({ subject }: Passage, status: number, now: number): void {
    this.#engine.answered(subject, status, now);
  }

  /** How difficult the client's challenge is: 0 to 3. */
  doubt(subject: RequestSubject): number {
    return (subject.hosting === true ? 1 : 0) +
      (subject.signals !== 0 ? 1 : 0) +
      (subject.bot !== null || subject.userAgent === "" ? 1 : 0);
  }

  /** Whether the pass cookie is set as `Secure`. */
  isSecure(request: RequestView): boolean {
    return this.#options.https ?? request.url.startsWith("https:");
  }

  /** How much a subject has used of each rule's limit. */
  standing(
    by: (rule: Rule) => string | null,
  ): { rule: Rule; name: string; decision: Decision }[] {
    const now = this.#options.now();
    const found = [];
    for (const { rule, tally } of this.#engine.limits()) {
      const name = by(rule);
      if (name === null || tally === null || rule.kind === "block") continue;
      const decision = tally.spent(name, now);
      if (decision !== null) found.push({ rule, name, decision });
    }
    return found;
  }

  /** Resets the counts of a subject, in every process within a second. */
  forget(by: (rule: Rule) => string | null): number {
    let count = 0;
    for (const { rule, tally } of this.#engine.limits()) {
      const name = by(rule);
      if (name === null || tally === null) continue;
      if (this.#exchange.forget(tally.id, name)) count++;
    }
    return count;
  }

  /** Checks for changes now; never rejects. */
  poll(): Promise<void> {
    return this.#work = this.#work.then(() => this.#look()).catch((error) =>
      this.#report("sys_policy_fail", error)
    );
  }

  /** Writes how often the rules of this process acted. */
  async writeCounts(): Promise<void> {
    const now = this.#options.now();
    this.#countedAt = now;
    this.#takeActs(this.#engine);
    if (this.#counts.isEmpty) return;
    await deadline(this.#counts.flush(this.#options.kv, now), DEADLINE_MS);
  }

  /** Exchanges counts with other processes now. */
  exchange(): Promise<void> {
    return this.#exchange.round();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#work;
    await this.writeCounts().catch((error) =>
      this.#report("sys_policy_count_fail", error)
    );
    await this.#exchange.close();
  }

  #takeActs(engine: Engine): void {
    const now = this.#options.now();
    for (const [name, count] of engine.takeActs()) {
      this.#counts.add(name, count, now);
    }
  }

  #decide(
    engine: Engine,
    subject: RequestSubject,
    now: number,
  ): Passage | Promise<Passage> {
    const verdict = engine.decide(subject, now);
    return verdict instanceof Promise
      ? verdict.then((verdict) => ({ verdict, subject }))
      : { verdict, subject };
  }

  async #solve(solution: string, subject: RequestSubject): Promise<Passage> {
    const pass = await this.challenges.solve(solution, subject);
    return {
      verdict: { kind: "pass", rule: null, decisions: [], release: null },
      subject,
      solved: { pass },
    };
  }

  #isCleared(subject: RequestSubject): boolean {
    return subject.user !== null || subject.isKnownDevice ||
      isUnchallenged.some((glob) => glob(subject.path)) ||
      subject.verified === true ||
      this.challenges.hasPass(
        subject.headers,
        subject,
        this.#options.https ?? subject.isSecure,
      );
  }

  #engineOf(rules: readonly Rule[]): Engine {
    const { kv, now } = this.#options;
    return new Engine({
      rules,
      nameSubject: this.#nameSubject,
      isCleared: (subject) => this.#isCleared(subject as RequestSubject),
      throttle: ({ name }) =>
        createThrottle({
          kv,
          now,
          name,
          id: `policy:${name}`,
          resettable: true,
        }),
      onOffence: (rule, ip, name) => this.#offence(rule, ip, name),
    });
  }

  async #use(declaration: Declaration, source: PolicySource): Promise<void> {
    // Shares the old engine's counts before it is replaced.
    if (!this.#engine.isEmpty) await this.#exchange.round();
    const engine = this.#engineOf([
      ...this.#temporary === null ? [] : rulesOf(this.#temporary),
      ...declaration.rules,
    ]);
    for (const { id } of [...this.#engine.tallies, ...this.#engine.atOnce]) {
      this.#exchange.remove(id);
    }
    await this.#exchange.add(...engine.tallies).catch((error) =>
      this.#report("sys_policy_exchange_fail", error)
    );
    for (const limit of engine.atOnce) this.#exchange.addAtOnce(limit);
    this.#takeActs(this.#engine);
    this.#engine = engine;
    this.#declaration = declaration;
    this.#source = source;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      await this.poll();
      // `Math.abs`: a clock that was set back must not stop it.
      if (Math.abs(this.#options.now() - this.#countedAt) >= COUNT_MS) {
        await this.writeCounts().catch((error) =>
          this.#report("sys_policy_count_fail", error)
        );
      }
      this.#schedule();
    }, this.#options.pollMs ?? 500);
    Deno.unrefTimer(this.#timer);
  }

  async #look(): Promise<void> {
    await this.#followTemporary();
    if (this.#source.kind === "options") {
      this.#isFailing = false;
      return;
    }
    if (this.#file === null) await this.#follow();
    else {
      const declaration = await this.#file.read();
      if (declaration !== null) {
        await this.#use(declaration, this.#source);
        logLine("info", "sys_policy_applied", { file: this.#file.file });
      }
    }
    this.#isFailing = false;
  }

  /** Adds temporary rules, and removes those that have ended. */
  async #followTemporary(): Promise<void> {
    const { kv, now } = this.#options;
    const found = await deadline(temporaryRules(kv, now()), DEADLINE_MS);
    const text = JSON.stringify([found.version, found.rules, found.challenged]);
    const isNothing = found.rules.length + found.challenged.length === 0;
    if (text === this.#temporaryText || isNothing && this.#temporary === null) {
      return;
    }
    this.#temporary = isNothing ? null : found;
    this.#temporaryText = text;
    await this.#use(this.#declaration, this.#source);
  }

  async #follow(): Promise<void> {
    const stored = await deadline(
      storedPolicy(this.#options.kv),
      DEADLINE_MS,
    );
    const known = this.#source.kind === "store" ? this.#source.version : -1;
    if ((stored?.version ?? 0) === known) return;
    await this.#use(readStored(stored), {
      kind: "store",
      version: stored?.version ?? 0,
      at: stored?.at ?? null,
      by: stored?.by ?? null,
    });
  }

  #merged(tally: Tally, { name, subject, window }: Tallied): void {
    if (subject === null) return;
    const rule = this.#engine.ruleOf(tally);
    if (rule?.kind === "block" && window.total >= tally.rate.limit) {
      this.#offence(rule, subject, name);
    }
  }

  #offence(rule: Rule, ip: string, name: string): void {
    const id = `${rule.name} ${name}`;
    if (this.#banning.has(id)) return;
    this.#banning.add(id);
    ban(this.#options, rule, ip)
      .then((isBlocked) => {
        if (isBlocked) this.#counts.add(rule.name, 1, this.#options.now());
        // The count led to a block, or must not lead to one.
        for (const { rule: each, tally } of this.#engine.limits()) {
          if (each === rule) this.#exchange.forget(tally!.id, name);
        }
      })
      .catch((error) => this.#report("sys_policy_block_fail", error))
      .finally(() => this.#banning.delete(id));
  }

  /** An outage of the store is reported once. */
  #report(what: string, error: unknown): void {
    if (isStoreFailure(error) && this.#isFailing) return;
    this.#isFailing = isStoreFailure(error);
    this.#options.onError?.(what, error);
  }
}

function readStored(stored: StoredPolicy | null): Declaration {
  return readRules(declaredRules(stored));
}
