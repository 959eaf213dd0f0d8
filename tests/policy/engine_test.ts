import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compileWhen } from "../../lib/policy/compile_when.ts";
import type { Verdict } from "../../lib/policy/engine.ts";
import { readPolicy, readRules } from "../../lib/policy/read_rules.ts";
import type { Rule } from "../../lib/policy/rule.ts";
import { RuleIndex } from "../../lib/policy/rule_index.ts";
import type { Subject } from "../../lib/policy/request_subject.ts";
import { BIT } from "../../lib/signals/signal.ts";
import { engine, EXAMPLE, subject } from "./_policy.ts";

const RULES = readPolicy(EXAMPLE).rules;

/** Requests that a rule of the example matches, and that it just does not. */
const MATCHES: Record<string, [yes: Subject[], no: Subject[]]> = {
  monitor: [
    [
      subject({ ip: "192.0.2.7", path: "/status" }),
      subject({ ip: "2001:db8:7::1", path: "/status" }),
    ],
    [
      subject({ ip: "192.0.2.8", path: "/status" }),
      subject({ ip: "192.0.2.7", path: "/status/" }),
      subject({ ip: "192.0.2.7", path: "/Status" }),
      subject({ ip: "2001:db8:8::1", path: "/status" }),
    ],
  ],
  injections: [
    [
      subject({ signals: BIT.sqli }),
      subject({ signals: BIT.jndi | BIT.scanner }),
    ],
    [subject(), subject({ signals: BIT.xss | BIT.probe })],
  ],
  training: [
    [
      subject({ bot: { name: "GPTBot", category: "ai-training" } }),
    ],
    [subject({ bot: { name: "Googlebot", category: "search" } }), subject()],
  ],
  doubtful: [
    [
      subject({ hosting: true }),
      subject({ hosting: true, path: "/api" }),
      subject({ hosting: true, path: "/feed.xml/" }),
    ],
    [
      subject({ hosting: false }),
      subject({ hosting: null }),
      subject({ hosting: true, path: "/api/" }),
      subject({ hosting: true, path: "/feed.xml" }),
    ],
  ],
  api: [
    [
      subject({ path: "/api/x" }),
      subject({ path: "/api/", method: "POST" }),
    ],
    [
      subject({ path: "/api" }),
      subject({ path: "/api/x", method: "HEAD" }),
      subject({ path: "/apis/x" }),
    ],
  ],
  search: [[subject({ path: "/search" })], [subject({ path: "/search/" })]],
  keys: [[subject({ fields: { "x-api-key": "k" } }), subject()], []],
  legacy: [
    [subject({ path: "/v1/" }), subject({ path: "/v1/a/b" })],
    [subject({ path: "/v1" }), subject({ path: "/v10/" })],
  ],
};
for (const [name, [yes, no]] of Object.entries(MATCHES)) {
  Deno.test(`the example's rule ${name} matches what it says and nothing near it`, () => {
    const rule = RULES.find((rule) => rule.name === name)!;
    const matches = compileWhen(rule.when) ?? (() => true);
    const index = new RuleIndex([{ rule }]);
    const holds = (each: Subject) =>
      index.candidates(each.method, each.path).length === 1 && matches(each, 0);
    yes.forEach((each) => assert(holds(each), `${name} ${each.path}`));
    no.forEach((each) => assert(!holds(each), `${name} ${each.path}`));
  });
}

Deno.test("the order is that of the kinds, whatever the declaration's", () => {
  const rules = readRules([
    { name: "t", track: true, when: { path: "/*" } },
    { name: "l", limit: "1/h", when: { path: ["/l", "/c", "/r", "/a"] } },
    { name: "c", challenge: true, when: { path: ["/c", "/r", "/a"] } },
    { name: "r", refuse: true, when: { path: ["/r", "/a"] } },
    { name: "a", allow: true, when: { path: "/a", method: "GET" } },
  ]).rules;
  const tracked: string[] = [];
  const decide = engine([], {
    rules,
    onTrack: (_, { path }) => tracked.push(path),
  });
  const kinds = ["/a", "/r", "/c", "/l", "/l", "/t"].map((path) => {
    const { kind, rule } = decide.decide(subject({ path }), 0) as Verdict;
    return `${kind} ${rule?.name ?? "-"}`;
  });
  assertEquals(kinds, [
    "pass a",
    "refuse r",
    "challenge c",
    "pass -",
    "limit l",
    "pass -",
  ]);
  assertEquals(tracked, ["/l", "/t"]);
});

Deno.test("who lacks what a limit counts by is not counted", () => {
  const keys = engine([{ name: "k", limit: "1/h", by: "header:x-api-key" }]);
  const kind = (each: Subject) => (keys.decide(each, 0) as Verdict).kind;
  assertEquals([1, 2, 3].map(() => kind(subject())), ["pass", "pass", "pass"]);
  const one = subject({ fields: { "x-api-key": "one" } });
  const two = subject({ fields: { "x-api-key": "two" } });
  assertEquals([kind(one), kind(one), kind(two)], ["pass", "limit", "pass"]);
});

Deno.test("by user counts strangers by address, and no address is a name", () => {
  const users = engine([{ name: "u", limit: "1/h", by: "user" }]);
  const kind = (each: Subject) => (users.decide(each, 0) as Verdict).kind;
  assertEquals(kind(subject({ user: "203.0.113.5" })), "pass");
  assertEquals(kind(subject()), "pass");
  assertEquals(kind(subject()), "limit");
  assertEquals(kind(subject({ ip: "203.0.113.6" })), "pass");
  assertEquals(kind(subject({ user: "203.0.113.5" })), "limit");
});

Deno.test("requests at once give their places back", () => {
  const few = engine([{ name: "f", limit: "2 at once" }]);
  const enter = () => few.decide(subject(), 0) as Verdict;
  const [a, b, c] = [enter(), enter(), enter()];
  assertEquals([a.kind, b.kind, c.kind], ["pass", "pass", "limit"]);
  a.release!();
  assertEquals([enter().kind, enter().kind], ["pass", "limit"]);
});

Deno.test("a place is given back where a later limit refuses", () => {
  const rules = [
    { name: "f", limit: "1 at once" },
    { name: "l", limit: "1/h", when: { path: "/l" } },
  ];
  const both = engine(rules);
  const ask = (path: string) => both.decide(subject({ path }), 0) as Verdict;
  ask("/l").release!();
  assertEquals(ask("/l").rule?.name, "l");
  assertEquals(ask("/").kind, "pass");
});

Deno.test("block rules count answers, by what they were, until the number is reached", () => {
  const offences: string[] = [];
  const blocks = engine([
    {
      name: "php",
      block: "1h",
      after: "3 in 10m",
      when: { path: "*.php", status: 404 },
    },
    { name: "friend", allow: true, when: { ip: "192.0.2.1" } },
  ], { onOffence: ({ name }, ip) => offences.push(`${name} ${ip}`) });
  const answer = (each: Subject, status: number, at = 0) =>
    blocks.answered(each, status, at);
  const php = subject({ path: "/x.php" });
  for (const status of [404, 200, 404, 500]) answer(php, status);
  answer(subject({ path: "/x" }), 404);
  answer(subject({ path: "/y.php", ip: "203.0.113.6" }), 404);
  for (let i = 0; i < 9; i++) {
    answer(subject({ path: "/y.php", ip: "192.0.2.1" }), 404);
    answer(subject({ path: "/y.php", verified: true }), 404);
  }
  assertEquals(offences, []);
  // The first two have left the window.
  answer(php, 404, 600_001);
  assertEquals(offences, []);
  answer(php, 404, 600_002);
  answer(php, 404, 600_003);
  assertEquals(offences, ["php 203.0.113.5"]);
});

const segment = fc.constantFrom("api", "a", "ap", "apix", "v1", "x.php", "");
const path = fc.array(segment, { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join("/")}`);
const glob = fc.tuple(path, fc.constantFrom("", "*", "/*", "*x", "*p"))
  .map(([head, tail]) => head + tail);
const when = fc.record({
  path: fc.uniqueArray(
    fc.oneof(glob, fc.constant("*"), fc.constant("*.php")),
    { minLength: 1, maxLength: 3 },
  ),
  method: fc.uniqueArray(fc.constantFrom("GET", "POST", "PUT"), {
    minLength: 1,
  }),
}, { requiredKeys: [] });

Deno.test("the index leaves out no rule that matches", () => {
  fc.assert(
    fc.property(
      fc.array(when, { maxLength: 8 }),
      path,
      fc.constantFrom("GET", "PUT", "PURGE"),
      (whens, path, method) => {
        const entries = whens.map((when, i) => ({
          rule: { name: `${i}`, when } as unknown as Rule,
          matches: compileWhen(when) ?? (() => true),
        }));
        const request = subject({ path, method });
        const matching = (rules: readonly typeof entries[number][]) =>
          rules.filter(({ matches }) => matches(request, 0))
            .map(({ rule }) => rule.name);
        const index = new RuleIndex(entries);
        for (let twice = 0; twice < 2; twice++) {
          assertEquals(
            matching(index.candidates(method, path)),
            matching(entries),
          );
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
