import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseConfig } from "../../lib/settings/config.ts";
import { DETECTION_RULES } from "../../lib/settings/rule_names.ts";
import { BLOCK_DURATIONS } from "../../lib/lists/offence.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import { SEVERITIES } from "../../lib/detection/types.ts";
import { kindOf } from "../../lib/detection/incidents/incident.ts";
import { formatDuration } from "../../lib/base/duration.ts";

const TEXT = await Deno.readTextFile(
  new URL("../../docs/rules.md", import.meta.url),
);

/** The cells of the table's rows by the rule's name. */
function rows(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of TEXT.split("\n")) {
    const [name, ...cells] = line.split("|").slice(1, -1).map((cell) =>
      cell.trim()
    );
    const rule = /^`(\w+)`$/.exec(name ?? "")?.[1];
    if (rule) found.set(rule, cells);
  }
  return found;
}

Deno.test("docs/rules.md: names every rule with its default numbers, and no other", () => {
  const config = parseConfig({});
  const rules = allRules({
    threshold: config.suspiciousRequestThreshold,
    sensitivePaths: config.sensitivePaths,
  });
  const documented = rows();
  assertEquals([...documented.keys()], rules.map(({ name }) => name));
  for (const { name, severity, threshold, windowMs } of rules) {
    const [severities, most, window] = documented.get(name)!;
    assertEquals(most, `${threshold}`, name);
    assertEquals(window, formatDuration(windowMs), name);
    const said = severities!.split(", ");
    assert(said.includes(severity), name);
    for (const each of said) {
      assert((SEVERITIES as readonly string[]).includes(each), name);
    }
    assertStringIncludes(TEXT, `- **\`${name}\`**: `);
  }
});

Deno.test("docs/rules.md: automatic blocks last as long as it says", () => {
  const said = "for 1 hour, then 4 hours, a day, and 7 days at most";
  assertStringIncludes(TEXT.replace(/\s+/g, " "), said);
  assertEquals(BLOCK_DURATIONS.map(formatDuration), ["1h", "4h", "1d", "7d"]);
});

Deno.test("the names of rules that variables may hold are those of the rules", () => {
  const rules = allRules({ threshold: 100, sensitivePaths: ["/admin"] });
  assertEquals(rules.map(({ name }) => name), [...DETECTION_RULES]);
});

Deno.test("every rule but those that add up others' findings has a kind of incident", () => {
  const rules = allRules({ threshold: 100, sensitivePaths: ["/admin"] });
  const others = rules.filter(({ name }) => kindOf(name) === "other");
  assertEquals(others.map(({ name }) => name), [
    "distributed_prefix",
    "anomaly_score",
  ]);
});
