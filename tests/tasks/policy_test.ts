import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertRefused, taskBench } from "./_tasks.ts";

const GOOD = `{ "rules": [
  { "name": "php", "refuse": true, "when": { "path": "*.php" } } ] }`;

Deno.test("policy: applies a file, says what changes, and shows what is in force", async () => {
  await using bench = await taskBench();
  const file = `${bench.folder}/p.jsonc`;
  await Deno.writeTextFile(file, GOOD);
  assertEquals(
    await bench.ok("policy", "check", file),
    `${file} is valid: 1 rule.\n`,
  );
  assertStringIncludes(await bench.ok("policy"), "0 rules: none was applied");
  assertEquals(
    await bench.ok("policy", "apply", file),
    "+ php\nApplied version 1: 1 rule.\n",
  );
  const shown = JSON.parse(await bench.ok("policy", "show", "--json"));
  assertEquals(shown.rules, JSON.parse(GOOD).rules);
  assert(
    shown.fixed.some(({ variable, limit }: Record<string, string>) =>
      variable === "SIGNUP_RATE" && limit === "5/h"
    ),
  );
  await Deno.writeTextFile(file, '{ "rules": [] }');
  assertEquals(
    await bench.ok("policy", "apply", file),
    "- php\nApplied version 2: 0 rules.\n",
  );
});

Deno.test("policy: a file with errors is refused with the place, and nothing is applied", async () => {
  await using bench = await taskBench();
  const file = `${bench.folder}/p.jsonc`;
  await Deno.writeTextFile(
    file,
    `{ "rules": [\n  { "name": "a", "refuse": true, "when": { "pth": "/x" } },\n  { "name": "b" } ] }`,
  );
  const before = await bench.dump();
  for (const verb of ["apply", "rehearse"]) {
    assertRefused(
      await bench.run("policy", [verb, file]),
      1,
      'line 2, column 44: rules[0].when: unknown word "pth": did you mean "path"?',
    );
  }
  const { code, stdout } = await bench.run("policy", ["check", file]);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "line 3, column 3: rules[1]: expected one of");
  assertEquals(await bench.dump(), before);
});

Deno.test("policy: wrong arguments end with 2", async () => {
  await using bench = await taskBench();
  for (
    const [args, says] of [
      [["aply", "x"], "Unknown subcommand"],
      [["check"], "check needs a file"],
      [["show", "x"], "show takes no file"],
      [["schema", "x"], "schema takes no file"],
      [["check", "x", "--since", "7d"], "--since is for rehearse"],
      [["rehearse", "x", "--since", "soon"], "expected a time or a duration"],
    ] as [string[], string][]
  ) assertRefused(await bench.run("policy", args), 2, says);
});

Deno.test("policy: schema prints what docs/policy.schema.json holds", async () => {
  await using bench = await taskBench();
  const { code, stdout } = await bench.run("policy", ["schema"]);
  assertEquals(code, 0);
  const file = new URL("../../docs/policy.schema.json", import.meta.url);
  assertEquals(JSON.parse(stdout), JSON.parse(await Deno.readTextFile(file)));
});
