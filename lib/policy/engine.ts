/**
 * Evaluates a declaration, compiled once, for every request. The order is that of the kinds: allow,
 * refuse, challenge, limit, track; block rules count responses afterwards.
 *
 * @module
 */
import { AtOnce } from "../limits/at_once.ts";
import { Tally, TallyRoom } from "../limits/tally.ts";
import type { Decision, Throttle } from "../limits/throttle.ts";
import { compileWhen, type Unknowable } from "./compile_when.ts";
import type { Predicate } from "./conditions/condition.ts";
import { type Rule, RULE_KINDS } from "./rule.ts";
import { RuleIndex } from "./rule_index.ts";
import type { Subject } from "./request_subject.ts";
import type { SubjectNamer } from "./subject_name.ts";

/** The policy's decision about a request. */
export interface Verdict {
  kind: "pass" | "refuse" | "challenge" | "limit";
  /** The rule that decided; for an allowed request, the one that allows it. */
  rule: Rule | null;
  /** The decisions of the limits that it passed, or of the one that it exceeded. */
  decisions: readonly Decision[];
  /** Releases the request's slots in limits of concurrent requests. */
  release: (() => void) | null;
}

/** A rule and its compiled parts. */
interface Compiled {
  rule: Rule;
  matches: Predicate | null;
  tally: Tally | null;
  atOnce: AtOnce | null;
  throttle: Throttle | null;
  /** How often it acted since the last read. */
  acted: number;
}

/** Options of {@linkcode Engine}. */
export interface EngineOptions {
  rules: readonly Rule[];
  nameSubject: SubjectNamer;
  /** Whether a request need not solve a challenge: it has a pass, or is exempt. */
  isCleared: (subject: Subject) => boolean;
  /** Creates the throttle of an exact limit; without it all limits are in memory. */
  throttle?: (rule: Rule) => Throttle;
  /** Called when a block rule's limit is reached. */
  onOffence?: (rule: Rule, subject: string, name: string) => void;
  /** Called for each request that a track rule matched. */
  onTrack?: (rule: Rule, subject: Subject) => void;
  /** Conditions that cannot be evaluated on a stored log. */
  isUnknown?: Unknowable;
  room?: TallyRoom;
}

const PASS: Verdict = {
  kind: "pass",
  rule: null,
  decisions: [],
  release: null,
};

/** See the module. */
export class Engine {
  readonly tallies: readonly Tally[];
  readonly atOnce: readonly AtOnce[];
  readonly #options: EngineOptions;
  readonly #compiled: readonly Compiled[];
  readonly #ahead: RuleIndex<Compiled>;
  readonly #after: RuleIndex<Compiled>;
  /** A cache of whether candidates need the signed-in user. */
  readonly #wantUser = new WeakMap<readonly Compiled[], boolean>();

  constructor(options: EngineOptions) {
    this.#options = options;
    const room = options.room ?? new TallyRoom();
    const compiled = options.rules
      .toSorted((a, b) =>
        RULE_KINDS.indexOf(a.kind) - RULE_KINDS.indexOf(b.kind)
      )
      .map((rule) => compile(rule, room, options));
    this.#compiled = compiled;
    this.tallies = compiled.flatMap(({ tally }) => tally ?? []);
    this.atOnce = compiled.flatMap(({ atOnce }) => atOnce ?? []);
    this.#ahead = new RuleIndex(
      compiled.filter(({ rule }) => rule.kind !== "block"),
    );
    this.#after = new RuleIndex(
      compiled.filter(({ rule }) =>
        rule.kind === "block" || rule.kind === "allow"
      ),
    );
  }

  /** Whether there is any rule. */
  get isEmpty(): boolean {
    return this.#compiled.length === 0;
  }

  /** Whether any rule challenges requests. */
  get challenges(): boolean {
    return this.#compiled.some(({ rule }) =>
      rule.kind === "challenge" || rule.then === "challenge"
    );
  }

  /** Whether the signed-in user must be known before a request is decided. */
  wantsUser(method: string, path: string): boolean {
    const ahead = this.#ahead.candidates(method, path);
    let wants = this.#wantUser.get(ahead);
    if (wants === undefined) {
      wants = ahead.some(({ rule }) => asksForUser(rule));
      this.#wantUser.set(ahead, wants);
    }
    return wants;
  }

  /** Decides about a request; synchronously, unless an exact limit has to read the store. */
  decide(subject: Subject, now: number): Verdict | Promise<Verdict> {
    const candidates = this.#ahead.candidates(
      subject.method,
      subject.path,
      subject.signals,
    );
    if (candidates.length === 0) return PASS;
    return this.#decideFrom(0, candidates, subject, now, [], []);
  }

  /**
   * Whether a rule refuses a request, ignoring limits: re-checks open responses without counting.
   */
  refuses(subject: Subject): boolean {
    for (
      const { rule, matches } of this.#ahead.candidates(
        subject.method,
        subject.path,
      )
    ) {
      if (rule.kind !== "allow" && rule.kind !== "refuse") continue;
      if (matches === null || matches(subject, 0)) {
        return rule.kind === "refuse";
      }
    }
    return false;
  }

  /** Counts a response for the block rules. */
  answered(subject: Subject, status: number, now: number): void {
    const { nameSubject, onOffence } = this.#options;
    for (const each of this.#after.candidates(subject.method, subject.path)) {
      const { rule, matches, tally } = each;
      if (matches !== null && !matches(subject, status)) continue;
      if (rule.kind === "allow") return;
      // Verified crawlers are not blocked by counting.
      if (subject.verified === true) return;
      const name = nameSubject(rule.by, subject);
      if (name === null) continue;
      const total = tally!.count(name, subject.ip, now);
      if (total >= rule.after!.limit) onOffence?.(rule, subject.ip, name);
    }
  }

  /** The block rule that a tally counts for. */
  ruleOf(tally: Tally): Rule | null {
    return this.#compiled.find((each) => each.tally === tally)?.rule ?? null;
  }

  /** How often each rule acted since the last call; block rules count themselves. */
  *takeActs(): Generator<[name: string, count: number]> {
    for (const each of this.#compiled) {
      if (each.acted > 0) yield [each.rule.name, each.acted];
      each.acted = 0;
    }
  }

  /** Every limit with its rule. */
  *limits(): Generator<Readonly<Compiled>> {
    for (const each of this.#compiled) {
      if (each.tally ?? each.atOnce ?? each.throttle) yield each;
    }
  }

  #decideFrom(
    start: number,
    candidates: readonly Compiled[],
    subject: Subject,
    now: number,
    decisions: Decision[],
    held: (() => void)[],
  ): Verdict | Promise<Verdict> {
    for (let i = start; i < candidates.length; i++) {
      const each = candidates[i]!;
      if (each.matches !== null && !each.matches(subject, 0)) continue;
      const { rule } = each;
      switch (rule.kind) {
        case "allow":
          each.acted++;
          return { ...PASS, rule };
        case "refuse":
          each.acted++;
          return { ...PASS, kind: "refuse", rule };
        case "challenge":
          if (this.#options.isCleared(subject)) continue;
          each.acted++;
          return { ...PASS, kind: "challenge", rule };
        case "track":
          each.acted++;
          this.#options.onTrack?.(rule, subject);
          continue;
      }
      const decided = this.#limit(each, subject, now, held);
      if (decided === null) continue;
      if (decided instanceof Promise) {
        return decided.then(
          (decision) =>
            this.#over(each, subject, decision, decisions, held) ??
              this.#decideFrom(
                i + 1,
                candidates,
                subject,
                now,
                decisions,
                held,
              ),
          (error) => {
            releaseAll(held);
            throw error;
          },
        );
      }
      const over = this.#over(each, subject, decided, decisions, held);
      if (over !== null) return over;
    }
    if (decisions.length + held.length === 0) return PASS;
    return {
      kind: "pass",
      rule: null,
      decisions,
      release: held.length === 0 ? null : () => releaseAll(held),
    };
  }

  #limit(
    { rule, tally, atOnce, throttle }: Compiled,
    subject: Subject,
    now: number,
    held: (() => void)[],
  ): Decision | Promise<Decision> | null {
    const name = this.#options.nameSubject(rule.by, subject);
    if (name === null) return null;
    if (tally !== null) return tally.take(name, now);
    if (throttle !== null && rule.limit !== null && "windowMs" in rule.limit) {
      return throttle.take(name, rule.limit);
    }
    if (atOnce === null) return null;
    const entered = atOnce.enter(name, now);
    if (entered) held.push(() => atOnce.leave(name));
    return {
      allowed: entered,
      limit: atOnce.max,
      remaining: Math.max(0, atOnce.max - atOnce.taken(name, now)),
      retryAfterMs: entered ? 0 : 1_000,
      resetMs: 1_000,
      windowMs: 0,
      policy: rule.name,
    };
  }

  /** The verdict for a request over a limit; null if it is not. */
  #over(
    each: Compiled,
    subject: Subject,
    decision: Decision,
    decisions: Decision[],
    held: (() => void)[],
  ): Verdict | null {
    const { rule } = each;
    if (decision.allowed) {
      decisions.push(decision);
      return null;
    }
    if (rule.then === "challenge" && this.#options.isCleared(subject)) {
      return null;
    }
    releaseAll(held);
    each.acted++;
    return {
      kind: rule.then,
      rule,
      decisions: [decision],
      release: null,
    };
  }
}

function compile(
  rule: Rule,
  room: TallyRoom,
  { throttle, isUnknown }: EngineOptions,
): Compiled {
  const compiled: Compiled = {
    rule,
    matches: compileWhen(rule.when, isUnknown),
    tally: null,
    atOnce: null,
    throttle: null,
    acted: 0,
  };
  const { limit, after, name, by } = rule;
  const id = (windowMs: number) => `${name} ${by} ${windowMs}`;
  if (limit !== null && "atOnce" in limit) {
    compiled.atOnce = new AtOnce(id(0), limit.atOnce);
  } else if (limit !== null && rule.exact && throttle) {
    compiled.throttle = throttle(rule);
  } else {
    const rate = limit ?? after;
    if (rate !== null) {
      compiled.tally = new Tally({
        id: id(rate.windowMs),
        policy: name,
        rate,
        room,
      });
    }
  }
  return compiled;
}

/** Signed-in users are not challenged, so challenges need the user, too. */
function asksForUser({ kind, then, by, when }: Rule): boolean {
  return kind === "challenge" || then === "challenge" || by === "user" ||
    when.user !== undefined ||
    (when.not?.some(({ user }) => user !== undefined) ?? false);
}

function releaseAll(held: (() => void)[]): void {
  for (const release of held.splice(0)) release();
}
