import { HOUR } from "../../lib/base/duration.ts";
import { assertEquals } from "@std/assert";
import { evaluate } from "../../lib/detection/engine.ts";
import type { Rule } from "../../lib/detection/rule.ts";
import { record, sourceOf, THE_HOUR } from "./records.ts";

const records = Array.from(
  { length: 250 },
  (_, n) => record({ ip_address: `192.0.${n >> 7}.${n & 127}` }),
);

async function found(confirm: Rule["confirm"]) {
  const rule: Rule = {
    name: "test_rule",
    severity: "warning",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    groupBy: ({ ip_address }) => ip_address,
    matches: () => true,
    explain: () => "x",
    confirm,
  };
  const stream = sourceOf(records).scan({ from: 0, to: Infinity });
  return (await evaluate([rule], stream, THE_HOUR)).drafts;
}

Deno.test("confirm: only what is confirmed is found, and a hundred are asked about at most", async () => {
  let asked = 0;
  let atOnce = 0;
  let most = 0;
  const drafts = await found(async () => {
    most = Math.max(most, ++atOnce);
    await Promise.resolve();
    atOnce--;
    return ++asked % 2 === 0;
  });
  assertEquals([asked, drafts.length], [100, 50]);
  assertEquals(most <= 8, true);
});
