import { assertEquals, assertThrows } from "@std/assert";
import { readPolicy, readRules } from "../../lib/policy/read_rules.ts";
import { issueText, PolicyError } from "../../lib/policy/rule_error.ts";
import { EXAMPLE } from "./_policy.ts";

function issuesOf(text: string): string[] {
  return assertThrows(() => readPolicy(text), PolicyError).issues
    .map(issueText);
}

/** Issues of one rule, without the place of the rule itself. */
function wrong(rule: string): string[] {
  return issuesOf(`{"rules":[\n${rule}\n]}`);
}

Deno.test("the example is read, rule by rule", () => {
  const { rules, declared } = readPolicy(EXAMPLE);
  assertEquals(rules.map(({ name, kind }) => `${name} ${kind}`), [
    "monitor allow",
    "injections refuse",
    "training refuse",
    "doubtful challenge",
    "api limit",
    "search limit",
    "keys limit",
    "no-php block",
    "flood block",
    "legacy track",
  ]);
  assertEquals(declared, JSON.parse(EXAMPLE).rules);
  assertEquals(rules[4]!.limit, { limit: 100, windowMs: 60_000 });
  assertEquals(rules[6]!.by, "header:x-api-key");
  assertEquals(rules[7]!.after, { limit: 3, windowMs: 600_000 });
  assertEquals(rules[8]!.blockMs, 600_000);
});

Deno.test("all that is wrong is said at once, each with its place", () => {
  assertEquals(
    issuesOf(`{
  // Two of them.
  "rules": [
    { "name": "a", "refuse": true, "when": { "pth": "/x" } },
    { "name": "b", "limit": "many" }
  ]
}`),
    [
      'line 4, column 46: rules[0].when: unknown word "pth": did you mean "path"?',
      'line 5, column 29: rules[1].limit: expected a limit such as "100/m", "300 in 10m" or "20 at once", received "many"',
    ],
  );
});

const WRONG: [rule: string, message: RegExp][] = [
  ["7", /2, column 1: rules\[0\]: expected an object/],
  ['{"name":"a"}', /expected one of allow, refuse, .*, received none/],
  [
    '{"name":"a","allow":true,"refuse":true}',
    /received allow and refuse/,
  ],
  ['{"refuse":true}', /rules\[0\]: expected "name"/],
  ['{"name":"","refuse":true}', /rules\[0\]\.name: expected at most 64/],
  ['{"name":"a b","refuse":true}', /received "a b"/],
  ['{"name":"a\\"\\u001b","refuse":true}', /received "a\\"\\u001b"/],
  ['{"name":"a","refuse":false}', /expected true, received false/],
  ['{"name":"a","refuse":"yes"}', /expected true, received "yes"/],
  ['{"name":"a","refuse":true,"by":"ip"}', /"by" goes with limit, block/],
  ['{"name":"a","track":true,"say":"x"}', /"say" goes with/],
  ['{"name":"a","limit":"0/m"}', /expected a limit/],
  ['{"name":"a","limit":"5/w"}', /expected a limit/],
  ['{"name":"a","limit":5}', /received 5/],
  ['{"name":"a","limit":"5/m","exact":1}', /expected true or false/],
  ['{"name":"a","limit":"5 at once","exact":true}', /at once are counted/],
  ['{"name":"a","limit":"5/m","then":"refuse"}', /expected "challenge"/],
  ['{"name":"a","limit":"5/m","by":"adress"}', /expected one of ip, network/],
  ['{"name":"a","limit":"5/m","by":"header:"}', /header:<name>/],
  ['{"name":"a","limit":"5/m","by":"userr"}', /did you mean "user"\?/],
  ['{"name":"a","block":"1h"}', /expected "after"/],
  ['{"name":"a","block":"1x","after":"3 in 1m"}', /expected a duration/],
  ['{"name":"a","block":"1h","after":"3"}', /expected a count in a time/],
  ['{"name":"a","block":"1h","after":"3 in 1m","by":"asn"}', /ip or network/],
  [
    '{"name":"a","refus":true}',
    /unknown word "refus": did you mean "refuse"\?/,
  ],
  ['{"name":"a","refuse":true,"when":[]}', /when: expected an object/],
  ['{"name":"a","refuse":true,"when":{"ip":"203.0.113.300"}}', /CIDR range/],
  ['{"name":"a","refuse":true,"when":{"ip":["::1","1.2.3"]}}', /ip\[1\]/],
  ['{"name":"a","refuse":true,"when":{"ip":"10.0.0.0/33"}}', /CIDR range/],
  ['{"name":"a","refuse":true,"when":{"method":5}}', /a method such as GET/],
  ['{"name":"a","refuse":true,"when":{"country":"Norway"}}', /ISO 3166/],
  ['{"name":"a","refuse":true,"when":{"country":"XX"}}', /ISO 3166/],
  [
    '{"name":"a","refuse":true,"when":{"asn":"AS64496"}}',
    /number of an operator/,
  ],
  ['{"name":"a","refuse":true,"when":{"asn":0}}', /number of an operator/],
  ['{"name":"a","refuse":true,"when":{"hosting":"yes"}}', /true or false/],
  ['{"name":"a","refuse":true,"when":{"verified":0}}', /true or false/],
  [
    '{"name":"a","refuse":true,"when":{"bot":"ai-trainin"}}',
    /mean "ai-training"/,
  ],
  ['{"name":"a","refuse":true,"when":{"bot":"Gogglebot"}}', /mean "Googlebot"/],
  ['{"name":"a","refuse":true,"when":{"signal":"sql"}}', /mean "sqli"/],
  ['{"name":"a","refuse":true,"when":{"user":"Signed_in"}}', /"signed-in"/],
  ['{"name":"a","refuse":true,"when":{"header":"x"}}', /names and values/],
  [
    '{"name":"a","refuse":true,"when":{"header":{"x y":"*"}}}',
    /a field's name/,
  ],
  ['{"name":"a","refuse":true,"when":{"status":404}}', /goes with block/],
  ['{"name":"a","block":"1h","after":"3 in 1m","when":{"status":999}}', /404/],
  ['{"name":"a","refuse":true,"when":{"user_agent":"a\\u0000"}}', /control/],
  [
    `{"name":"a","refuse":true,"when":{"path":"/${"a".repeat(512)}"}}`,
    /at most 512 characters/,
  ],
  ['{"name":"a","refuse":true,"when":{"host":"https://x"}}', /a host such as/],
];
for (const [rule, message] of WRONG) {
  Deno.test(`${rule.slice(0, 70)} is refused with a place`, () => {
    const issues = wrong(rule);
    const found = issues.find((issue) => message.test(issue));
    if (!found) throw new Error(`${message} is not in ${issues.join("\n")}`);
    if (!/^line \d+, column \d+: /.test(found)) throw new Error(found);
  });
}

const DEAD: [name: string, rules: unknown[]][] = [
  ["an empty list", [{ name: "a", refuse: true, when: { path: [] } }]],
  ["a path that does not begin", [
    { name: "a", refuse: true, when: { path: "admin/*" } },
  ]],
  ["a path with a query", [
    { name: "a", refuse: true, when: { path: "/search?q=*" } },
  ]],
  ["a path that no URL keeps", [
    { name: "a", refuse: true, when: { path: "/a/../b" } },
  ]],
  ["an encoded path", [
    { name: "a", refuse: true, when: { path: "/caf%C3%A9" } },
  ]],
  ["a method in small letters", [
    { name: "a", refuse: true, when: { method: "get" } },
  ]],
  ["a host with a port", [
    { name: "a", refuse: true, when: { host: "example.org:8000" } },
  ]],
  ["a rule that excludes its own path", [
    { name: "a", refuse: true, when: { path: "/a/b", not: { path: "/a/*" } } },
  ]],
  ["a rule that excludes its values one by one", [
    {
      name: "a",
      refuse: true,
      when: { path: ["/a", "/b"], not: [{ path: "/a" }, { path: "/b" }] },
    },
  ]],
  ["a rule that excludes everything", [
    { name: "a", refuse: true, when: { not: {} } },
  ]],
  ["a rule that excludes its network", [
    {
      name: "a",
      refuse: true,
      when: { ip: "192.0.2.0/25", not: { ip: "192.0.2.0/24" } },
    },
  ]],
  ["a rule after one that allows everything", [
    { name: "all", allow: true },
    { name: "a", refuse: true, when: { path: "/a" } },
  ]],
  ["a limit behind a refusal of the same", [
    { name: "a", limit: "5/m", when: { path: "/a/b" } },
    { name: "r", refuse: true, when: { path: "/a/*" } },
  ]],
  ["a refusal behind a wider one", [
    { name: "r", refuse: true, when: { bot: "seo" } },
    { name: "a", refuse: true, when: { bot: "seo", country: "DE" } },
  ]],
  ["a block of what is allowed", [
    { name: "m", allow: true, when: { ip: "192.0.2.0/24" } },
    { name: "a", block: "1h", after: "3 in 1m", when: { ip: "192.0.2.7" } },
  ]],
  ["a challenge of whoever is signed in", [
    { name: "a", challenge: true, when: { user: "signed-in" } },
  ]],
  ["a challenge of robots.txt", [
    { name: "a", challenge: true, when: { path: "/robots.txt" } },
  ]],
];
for (const [name, rules] of DEAD) {
  Deno.test(`${name} can never match, and is refused`, () => {
    const { issues } = assertThrows(() => readRules(rules), PolicyError);
    if (!issues.some(({ message }) => message.includes("can never match"))) {
      throw new Error(issues.map(issueText).join("\n"));
    }
  });
}

Deno.test("rules that only seem to be in each other's way are accepted", () => {
  const { rules } = readRules([
    { name: "a", allow: true, when: { path: "/a", method: "GET" } },
    { name: "b", refuse: true, when: { path: "/a" } },
    { name: "c", refuse: true, when: { path: "/a*", not: { path: "/a" } } },
    { name: "f", block: "1h", after: "3 in 1m", when: { path: "/a" } },
    { name: "g", track: true, when: { path: ["/a", "/b"], method: "POST" } },
    { name: "h", limit: "5/m", when: { path: "/b" } },
    { name: "i", limit: "100/h", when: { path: "/b" } },
  ]);
  assertEquals(rules.length, 7);
});

Deno.test("two rules of one name are refused where the second stands", () => {
  assertEquals(
    issuesOf(`{"rules":[
{"name":"a","refuse":true,"when":{"path":"/x"}},
{"name":"A","track":true}]}`),
    [
      'line 3, column 9: rules[1].name: expected a name that no other rule has, received "A"',
    ],
  );
});

Deno.test("a declaration is an object with rules and nothing else", () => {
  assertEquals(issuesOf("[]"), [
    'line 1, column 1: expected an object with "rules"',
  ]);
  assertEquals(issuesOf("{}"), ['line 1, column 1: expected "rules"']);
  assertEquals(issuesOf('{"rule":[]}').length, 2);
  assertEquals(issuesOf('{"rules":{}}'), [
    "line 1, column 10: rules: expected a list of rules",
  ]);
  assertEquals(readPolicy('{"$schema":"x","rules":[]}').rules, []);
});

Deno.test("a text of more than 60,000 bytes is refused", () => {
  assertEquals(issuesOf(`{"rules":[]}${" ".repeat(60_000)}`), [
    "line 1, column 1: expected at most 60000 bytes, received 60012",
  ]);
});
