import { assertEquals } from "@std/assert";
import { nextVersion, releasedChangelog } from "../../tasks/_release.ts";

const NEXT: [from: string, how: string, next: string | null][] = [
  ["1.2.3", "patch", "1.2.4"],
  ["1.2.3", "minor", "1.3.0"],
  ["1.2.3", "major", "2.0.0"],
  ["1.2.9", "patch", "1.2.10"],
  ["1.2.3", "1.2.4", "1.2.4"],
  ["1.2.3", "1.10.0", "1.10.0"],
  ["1.2.3", "1.2.3", null],
  ["1.2.3", "1.2.2", null],
  ["1.2.3", "0.9.9", null],
  ["1.2.3", "01.3.0", null],
  ["1.2.3", "1.3", null],
  ["1.2.3", "v1.3.0", null],
  ["1.2.3", "", null],
];
for (const [from, how, next] of NEXT) {
  Deno.test(`nextVersion(): ${how || "nothing"} after ${from} is ${next}`, () => {
    assertEquals(nextVersion(from, how), next);
  });
}

Deno.test("releasedChangelog() moves what is unreleased under the version", () => {
  const text =
    "# Changelog\n\n## Unreleased\n\n- new\n\n## 1.0.0, 2026-01-01\n\n- old\n";
  assertEquals(
    releasedChangelog(text, "1.1.0", "2026-02-03"),
    "# Changelog\n\n## Unreleased\n\n## 1.1.0, 2026-02-03\n\n- new\n\n## 1.0.0, 2026-01-01\n\n- old\n",
  );
});

Deno.test("releasedChangelog() takes the last section, and refuses an empty one", () => {
  assertEquals(
    releasedChangelog("## Unreleased\n\n- $& new\n", "1.1.0", "2026-02-03"),
    "## Unreleased\n\n## 1.1.0, 2026-02-03\n\n- $& new\n",
  );
  assertEquals(
    releasedChangelog("## Unreleased\n\n## 1.0.0\n", "1.1.0", "x"),
    null,
  );
  assertEquals(releasedChangelog("# Changelog\n", "1.1.0", "x"), null);
});
