import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import {
  type Challenged,
  Challenges,
  type Puzzle,
} from "../../lib/policy/challenge.ts";
import { keptForm } from "../../lib/policy/challenge_form.ts";
import { challengePage } from "../../lib/policy/challenge_page.ts";
import { SOLVER } from "../../lib/policy/challenge_script.ts";
import { createSha256Word } from "../../lib/policy/sha256_word.ts";

const WHOM: Challenged = { ip: "203.0.113.5", userAgent: "Mozilla/5.0" };
const KEY = new Uint8Array(32).fill(7);

/** The solution that the page's script finds. */
const solve: (puzzle: Puzzle, step: (n: number) => void) => Promise<string> =
  new Function(`${SOLVER}; return solve;`)();

function open(kv: Deno.Kv, at = { now: 1_700_000_000_000 }) {
  const challenges = new Challenges({
    kv,
    now: () => at.now,
    key: KEY,
    work: 500,
  });
  return { challenges, at };
}

function withPass(pass: string): Headers {
  return new Headers({ cookie: `a=b; portcullis-pass=${pass}` });
}

Deno.test("what the page finds is a solution, and gives a pass for the network and agent", async () => {
  using kv = await Deno.openKv(":memory:");
  const { challenges, at } = open(kv);
  const steps: number[] = [];
  const puzzle = challenges.puzzle(WHOM, 0);
  const solution = await solve(puzzle, (n) => steps.push(n));
  assertEquals(steps.at(-1), puzzle.parts);
  const pass = await challenges.solve(solution, WHOM);
  assert(pass !== null);
  const headers = withPass(pass);
  const good = (whom: Challenged) => challenges.hasPass(headers, whom, false);
  assert(good(WHOM));
  assert(good({ ...WHOM, ip: "203.0.113.77" }));
  assert(!good({ ...WHOM, ip: "203.0.114.5" }));
  assert(!good({ ...WHOM, userAgent: "curl/8" }));
  at.now += 12 * 3_600_000 - 1;
  assert(good(WHOM));
  at.now += 2;
  assert(!good(WHOM));
});

Deno.test("a solution counts once, of ten thousand at once and over processes", async () => {
  using kv = await Deno.openKv(":memory:");
  const both = [open(kv).challenges, open(kv).challenges];
  const solution = await solve(both[0]!.puzzle(WHOM, 0), () => {});
  const passes = await Promise.all(
    Array.from(
      { length: 10_000 },
      (_, i) => both[i % 2]!.solve(solution, WHOM),
    ),
  );
  assertEquals(passes.filter((pass) => pass !== null).length, 1);
  assertEquals(await open(kv).challenges.solve(solution, WHOM), null);
});

Deno.test("who is more doubtful has more to do", async () => {
  using kv = await Deno.openKv(":memory:");
  const { challenges } = open(kv);
  const below = [-1, 0, 1, 2, 3, 9].map((doubt) =>
    challenges.puzzle(WHOM, doubt).below
  );
  assertEquals(below[0], below[1]);
  assertEquals(below[4], below[5]);
  for (const i of [1, 2, 3]) {
    assert(Math.abs(below[i]! / below[i + 1]! - 2) < 0.01);
  }
});

Deno.test("forged, foreign, late and clipped solutions are none", async () => {
  using kv = await Deno.openKv(":memory:");
  const { challenges, at } = open(kv);
  const solution = await solve(challenges.puzzle(WHOM, 1), () => {});
  const parts = solution.split(".");
  const changed = (i: number, text: string) => parts.with(i, text).join(".");
  const other = await solve(challenges.puzzle(WHOM, 0), () => {});
  const wrong = [
    "",
    ".",
    "....",
    "x".repeat(100_000),
    solution.slice(0, -3),
    `${solution}.1`,
    changed(0, "zzzzzzzzz"),
    changed(1, "0"),
    changed(1, "-9"),
    changed(2, other.split(".")[2]!),
    changed(3, other.split(".")[3]!),
    changed(4, "1e9"),
    changed(4, " 1"),
    changed(5, `${Number(parts[5]) + 1}`),
    [...parts.slice(0, 4), ...other.split(".").slice(4)].join("."),
  ];
  for (const each of wrong) assertEquals(challenges.check(each, WHOM), null);
  const stranger = { ...WHOM, ip: "198.51.100.1" };
  assertEquals(challenges.check(solution, stranger), null);
  assertEquals(
    challenges.check(solution, { ...WHOM, userAgent: "x" }),
    null,
  );
  assert(challenges.check(solution, WHOM) !== null);
  at.now += 5 * 60_000 + 1;
  assertEquals(challenges.check(solution, WHOM), null);
});

Deno.test("a forged pass is none", async () => {
  using kv = await Deno.openKv(":memory:");
  const { challenges } = open(kv);
  const solution = await solve(challenges.puzzle(WHOM, 0), () => {});
  const pass = (await challenges.solve(solution, WHOM))!;
  const [expires, mac] = pass.split(".");
  for (
    const forged of [
      "",
      ".",
      mac!,
      `zzzzzzzzzz.${mac}`,
      `${expires}.`,
      `${expires}.${mac}x`,
      `${expires}.${mac!.slice(1)}`,
      `.${mac}`,
      `Infinity.${mac}`,
      "9".repeat(10_000),
    ]
  ) {
    const headers = withPass(forged);
    assertEquals(challenges.hasPass(headers, WHOM, false), false, forged);
  }
  // Over https the plain name is ignored: an attacker on the network could have set it.
  const headers = withPass(pass);
  assertEquals(challenges.hasPass(headers, WHOM, true), false);
});

Deno.test("the page stays under 20 kB and shows hostile texts as texts", async () => {
  using kv = await Deno.openKv(":memory:");
  const { challenges } = open(kv);
  const hostile = `"><script>alert(1)</script>'&`;
  const response = challengePage({
    puzzle: challenges.puzzle(WHOM, 0),
    receipt: "ABC",
    say: hostile,
    form: [[hostile, hostile]],
    isRepeatable: false,
    next: "/</script><script>alert(2)//",
  });
  assertEquals(response.status, 403);
  assertEquals(response.headers.get("cache-control"), "no-store");
  const policy = response.headers.get("content-security-policy")!;
  assert(!policy.includes("unsafe"));
  const html = await response.text();
  assert(new TextEncoder().encode(html).length < 20_000);
  assert(!html.includes("<script>alert"));
  assert(html.includes("<noscript>"));
});

Deno.test("a form too large for the page is not kept, and the reader is told", async () => {
  using kv = await Deno.openKv(":memory:");
  const { challenges } = open(kv);
  const page = (form: [string, string][]) =>
    challengePage({
      puzzle: challenges.puzzle(WHOM, 0),
      receipt: "ABC",
      say: null,
      form,
      isRepeatable: false,
    }).text();
  const small = await page([["name", "ann"]]);
  assert(small.includes('<form id="f" method="post">'));
  assert(!small.includes("was not sent"));
  const large = await page([["name", "<".repeat(8_000)]]);
  assert(!large.includes("<form"));
  assert(large.includes("was not sent"));
  assert(new TextEncoder().encode(large).length < 20_000);
});

const FORM = "application/x-www-form-urlencoded";
const OWN = { origin: "http://example.org" };
Deno.test("the page's SHA-256 is that of everybody", () => {
  const sha256Word = createSha256Word();
  const text = fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map((code) =>
      String.fromCharCode(code)
    ),
    maxLength: 55,
  });
  fc.assert(fc.property(text, (text) => {
    const digest = createHash("sha256").update(text).digest();
    assertEquals(sha256Word(text), digest.readUInt32BE(0));
  }));
});

const KEPT: [string, Record<string, string>, string | null, boolean][] = [
  ["a form of our own", OWN, "a=1&b=%C3%A9", true],
  ["a form of another site", { origin: "https://evil.example" }, "a=1", false],
  [
    "a form that a browser calls cross-site",
    { ...OWN, "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    "a=1",
    false,
  ],
  ["a form of nobody", {}, "a=1", false],
  ["a form of a frame without origin", { origin: "null" }, "a=1", false],
  ["JSON", { ...OWN, "content-type": "application/json" }, "{}", false],
  ["bytes that are no text", OWN, "\xff\xfe", false],
  ["a large form", OWN, `a=${"x".repeat(9_000)}`, false],
];
for (const [what, fields, body, isKept] of KEPT) {
  Deno.test(`${what} is ${isKept ? "kept" : "not kept"}`, async () => {
    const bytes = Uint8Array.from(body!, (char) => char.charCodeAt(0));
    const request = new Request("http://example.org/comment", {
      method: "POST",
      headers: {
        "content-type": FORM,
        "content-length": `${bytes.length}`,
        ...fields,
      },
      body: bytes,
    });
    const { method, url, headers } = request;
    // As in the proxy, whose server makes no Request, and as in a server that makes one.
    const head = { method, url, headers };
    const seen = { text: new TextDecoder().decode(bytes), type: FORM };
    for (
      const form of [
        await keptForm(head, seen),
        await keptForm({ ...head, original: request }, null),
      ]
    ) {
      assertEquals(form !== null, isKept);
      if (form) assertEquals(form, [["a", "1"], ["b", "é"]]);
    }
    assertEquals(await keptForm(head, null), null);
  });
}
