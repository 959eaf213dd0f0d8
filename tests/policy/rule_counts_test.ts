import { assertEquals, assertRejects } from "@std/assert";
import { guardHandler } from "../../lib/guard/mod.ts";
import { readRuleCounts, RuleCounts } from "../../lib/policy/rule_counts.ts";
import { HOUR } from "../../lib/base/duration.ts";
import { breakableKv } from "../_breakable_kv.ts";

const START = Date.UTC(2026, 0, 5, 12);

Deno.test("what rules did is summed over processes, by the hour", async () => {
  using kv = await Deno.openKv(":memory:");
  const [one, other] = [new RuleCounts(), new RuleCounts()];
  one.add("a", 2, START);
  one.add("a", 3, START + HOUR - 1);
  one.add("b", 1, START + HOUR);
  other.add("a", 10, START);
  await Promise.all([one, other].map((each) => each.flush(kv, START)));
  await one.flush(kv, START);
  const range = { from: START - HOUR + 1, to: START + 2 * HOUR };
  assertEquals(
    await readRuleCounts(kv, range),
    new Map([
      ["a", { total: 15, hours: [0, 15, 0, 0] }],
      ["b", { total: 1, hours: [0, 0, 1, 0] }],
    ]),
  );
  const { value } = await kv.get<{ expires_at: number }>([
    "policy_hour",
    START,
  ]);
  assertEquals(value?.expires_at, START + 31 * 24 * HOUR);
});

Deno.test("what could not be written is written later, once", async () => {
  const breakable = breakableKv(await Deno.openKv(":memory:"));
  const counts = new RuleCounts();
  counts.add("a", 2, START);
  breakable.mode = "throw";
  await assertRejects(() => counts.flush(breakable.kv, START));
  counts.add("a", 1, START);
  breakable.mode = "ok";
  await counts.flush(breakable.kv, START);
  await counts.flush(breakable.kv, START);
  const range = { from: START, to: START };
  const read = await readRuleCounts(breakable.kv, range);
  assertEquals(read.get("a"), { total: 3, hours: [3] });
  breakable.kv.close();
});

Deno.test("each kind of rule counts what it is for, and nothing else", async () => {
  using kv = await Deno.openKv(":memory:");
  const guarded = guardHandler(() => new Response("in"), {
    kv,
    now: () => START,
    policy: [
      { name: "let", allow: true, when: { path: "/let" } },
      { name: "no", refuse: true, when: { path: "/no" } },
      { name: "ask", challenge: true, when: { path: "/ask" } },
      { name: "few", limit: "2/h", when: { path: "/few" } },
      { name: "exact", limit: "1/h", exact: true, when: { path: "/exact" } },
      { name: "seen", track: true, when: { method: "GET" } },
      { name: "never", track: true, when: { path: "/never" } },
    ],
  });
  for (
    const [path, times] of [
      ["/let", 3],
      ["/no", 4],
      ["/ask", 5],
      ["/few", 8],
      ["/exact", 8],
    ] as const
  ) {
    for (let i = 0; i < times; i++) {
      const response = await guarded(new Request(`http://example.org${path}`), {
        remoteAddr: { transport: "tcp", hostname: "203.0.113.5", port: 1 },
        completed: Promise.resolve(),
      });
      await response.body?.cancel();
    }
  }
  await guarded.close();
  const read = await readRuleCounts(kv, { from: START, to: START });
  assertEquals(
    Object.fromEntries([...read].map(([name, { total }]) => [name, total])),
    // Of the requests allowed by no rule, only those that passed reached "seen".
    { let: 3, no: 4, ask: 5, few: 6, exact: 7, seen: 3 },
  );
});
