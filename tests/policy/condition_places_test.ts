/**
 * A condition is parsed, compared, compiled, described and listed for editors. If it is missing in
 * one of them, a rule would match more than it says.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { compileWhen } from "../../lib/policy/compile_when.ts";
import { readRules } from "../../lib/policy/read_rules.ts";
import {
  CONDITION_NAMES,
  CONDITION_ROWS,
  NOT_HELP,
} from "../../lib/policy/conditions/mod.ts";
import { policySchema } from "../../lib/policy/schema.ts";
import { sentenceOf } from "../../lib/policy/sentence.ts";

/** A value of each condition; the compiler requires one for a new condition. */
const EXAMPLES: Record<typeof CONDITION_NAMES[number], unknown> = {
  ip: "192.0.2.0/24",
  path: "/x/*",
  method: "GET",
  host: "a.example",
  header: { "x-api-key": "*" },
  user_agent: "curl/*",
  country: "NO",
  asn: 64500,
  hosting: true,
  bot: "seo",
  verified: true,
  user: "maria",
  signal: "sqli",
  status: 404,
  not: { path: "/y" },
};

for (const name of CONDITION_NAMES) {
  Deno.test(`policy condition ${name}: has a place wherever conditions are looked at`, () => {
    const kind = name === "status"
      ? { block: "1h", after: "3 in 10m" }
      : { refuse: true };
    const when = { [name]: EXAMPLES[name] };
    const { rules: [narrow, wide] } = readRules([
      { name: "narrow", ...kind, when },
      // Without the comparison, the first would be reported to match all of the second's requests.
      { name: "wide", ...kind },
    ]);
    assert(narrow && wide);
    assertEquals(Object.keys(narrow.when), [name]);
    assertNotEquals(compileWhen(narrow.when), null);
    assertNotEquals(sentenceOf(narrow), sentenceOf(wide));
    assert(JSON.stringify(policySchema()).includes(`"${name}":`));
  });
}

Deno.test("docs/policy.md has a row for each condition, with the words of the table", async () => {
  const file = new URL("../../docs/policy.md", import.meta.url);
  const rows = (await Deno.readTextFile(file))
    .split("## Conditions")[1]!.split("\n## ")[0]!
    .matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm);
  assertEquals(
    [...rows].map(([, name, help]) => [name, help]),
    [
      ...CONDITION_ROWS.map(([name, { help }]) => [name, help]),
      ["not", NOT_HELP],
    ],
  );
});
