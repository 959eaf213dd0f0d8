import { assertEquals, assertStringIncludes } from "@std/assert";
import { section, SECTIONS, shortfalls, table } from "../../quality/section.ts";

for (const name of SECTIONS) {
  Deno.test(`quality: ${name} is as good as it was`, async () => {
    const rows = await (await section(name)).measure();
    assertEquals(shortfalls(rows), []);
    // A section without a limit could not fail
    const limits = rows.flatMap(({ attacks, harmless }) => [
      ...attacks?.limit === undefined ? [] : [attacks],
      ...harmless?.limit === undefined ? [] : [harmless],
    ]);
    assertEquals(limits.length > 0 && limits.every(({ of }) => of > 40), true);
  });
}

Deno.test("shortfalls() names what is found too seldom and what is flagged too often", () => {
  const rows = [
    { name: "sqli", attacks: { found: 8, of: 10, limit: 0.81 } },
    { name: "xss", attacks: { found: 8, of: 10, limit: 0.8 } },
    { name: "wiki", harmless: { found: 2, of: 100, limit: 0.01 } },
    { name: "git", harmless: { found: 1, of: 100, limit: 0.01 } },
    { name: "none", harmless: { found: 0, of: 0, limit: 0.01 } },
  ];
  assertEquals(shortfalls(rows), [
    "sqli: 8 of 10 attacks are found, at least 81.0 % should be",
    "wiki: 2 of 100 harmless are flagged, at most 1.0 % should be",
  ]);
  assertStringIncludes(table(rows), "8 of 10");
});

Deno.test("README: its figures of quality are those that are measured", async () => {
  const readme = (await Deno.readTextFile(
    new URL("../../README.md", import.meta.url),
  )).replaceAll(/\s+/g, " ");
  for (const name of SECTIONS) {
    for (const { name: row, attacks, harmless } of await rowsOf(name)) {
      const isFamily = name !== "findings" && !row.startsWith("all");
      if (isFamily || row.endsWith("critical")) continue;
      for (const share of [attacks, harmless]) {
        if (share === undefined) continue;
        assertStringIncludes(readme, `${share.found} of ${share.of} `, row);
      }
    }
  }
});

async function rowsOf(name: string) {
  return await (await section(name)).measure();
}
