import { Tally, TallyRoom } from "../../lib/limits/tally.ts";
import { Challenges, type Puzzle } from "../../lib/policy/challenge.ts";
import { SOLVER } from "../../lib/policy/challenge_script.ts";
import { Engine } from "../../lib/policy/engine.ts";
import { readRules } from "../../lib/policy/read_rules.ts";
import type { Subject } from "../../lib/policy/request_subject.ts";
import { createNamer } from "../../lib/policy/subject_name.ts";
import { type Figure, figure } from "../figure.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";
import { subject } from "../../tests/policy/_policy.ts";

/** The cost of rules, in-memory limits, and challenge solutions. */
export async function measure({ quick }: BenchOptions): Promise<Figure[]> {
  const times = quick ? 20_000 : 500_000;
  const count = quick ? 3 : 15;
  const idle = hundredRules();
  const tally = new Tally({
    id: "bench",
    policy: "bench",
    rate: { limit: 1_000, windowMs: 60_000 },
    room: new TallyRoom(),
  });
  const names = Array.from(
    { length: 10_000 },
    (_, i) => `203.0.${i >> 8}.${i & 255}`,
  );
  let now = 1_700_000_000_000;
  using kv = await Deno.openKv(":memory:");
  const challenges = new Challenges({
    kv,
    now: () => 1_700_000_000_000,
    key: new Uint8Array(32),
  });
  const whom = { ip: "203.0.113.5", userAgent: "Mozilla/5.0 (X11; Linux)" };
  const solve: (puzzle: Puzzle, step: () => void) => Promise<string> =
    new Function(`${SOLVER}; return solve;`)();
  const solution = await solve(challenges.puzzle(whom, 0), () => {});

  const measured = await rounds(count, () =>
    Promise.resolve({
      rules: perCall(times, (i) => idle(i)),
      limit: perCall(times, (i) => {
        if (i % 64 === 0) now++;
        tally.take(names[i % names.length]!, now);
      }),
      check: perCall(times / 100, () => challenges.check(solution, whom)),
    }));
  return [
    figure(
      "a hundred rules, none of which matches",
      "µs",
      measured.map(({ rules }) => rules),
      { goal: ["≤", 1] },
    ),
    figure(
      "a limit decided in memory, over 10,000 subjects",
      "µs",
      measured.map(({ limit }) => limit),
      { goal: ["≤", 2] },
    ),
    figure(
      "checking a challenge's solution",
      "µs",
      measured.map(({ check }) => check),
      { goal: ["<", 50] },
    ),
  ];
}

/** Rules by path, method, address, user agent and signal, and requests that match none. */
function hundredRules(): (i: number) => void {
  const kinds = [
    (i: number) => ({ path: `/p${i}/*` }),
    (i: number) => ({ path: `/api/v${i}/*`, method: "POST" }),
    (i: number) => ({ path: "*.php", ip: `198.51.100.${i}` }),
    (i: number) => ({ path: `/q${i}`, user_agent: "*curl*" }),
    () => ({ signal: "sqli" }),
  ];
  const rules = Array.from({ length: 100 }, (_, i) => ({
    name: `r${i}`,
    ...i % 2 ? { track: true } : { limit: "10/m" },
    when: kinds[i % kinds.length]!(i),
  }));
  const engine = new Engine({
    rules: readRules(rules).rules,
    nameSubject: createNamer({ ipv6Prefix: 64 }),
    isCleared: () => false,
  });
  const subjects: Subject[] = ["/", "/api/users/7", "/shop/item", "/p7x"]
    .map((path, i) =>
      subject({
        ip: `203.0.113.${i}`,
        path,
        userAgent: "Mozilla/5.0 (X11; Linux x86_64)",
      })
    );
  return (i) => void engine.decide(subjects[i & 3]!, 1_700_000_000_000);
}

/** Microseconds per call. */
function perCall(times: number, call: (i: number) => void): number {
  for (let i = 0; i < times / 10; i++) call(i);
  const started = performance.now();
  for (let i = 0; i < times; i++) call(i);
  return (performance.now() - started) / times * 1_000;
}
