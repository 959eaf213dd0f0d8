import { Refusal } from "../../lib/base/refusal.ts";
import { assertEquals, assertThrows } from "@std/assert";
import {
  formatDuration,
  parseDuration,
  spanText,
} from "../../lib/base/duration.ts";

const READ: [text: string, ms: number][] = [
  ["1s", 1_000],
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["2w", 1_209_600_000],
  ["36500d", 36_500 * 86_400_000],
];

for (const [text, ms] of READ) {
  Deno.test(`parseDuration() reads ${text}`, () => {
    assertEquals(parseDuration(text), ms);
  });
}

const REFUSED = [
  "",
  "s",
  "24",
  "24 h",
  " 24h",
  "24h\n",
  "24H",
  "0h",
  "00h",
  "01h",
]
  .concat("-1h", "+1h", "1.5h", "1e3s", "0x1h", "24hours", "1h30m", "1y")
  .concat(
    "5000w1",
    "99999999999s",
    "9999999999w",
    "٣h",
    "NaNs",
    "1".repeat(9_999),
  );

for (const text of REFUSED) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
    assertThrows(
      () => parseDuration(text),
      Refusal,
      "Cannot parse duration",
    );
  });
}

const WRITTEN: [ms: number, text: string][] = [
  [0, "0s"],
  [999, "0s"],
  [-5_000, "0s"],
  [1_000, "1s"],
  [90_000, "1m 30s"],
  [3_600_000, "1h"],
  [3_601_000, "1h"],
  [86_399_999, "23h 59m"],
  [86_400_000, "1d"],
  [93_600_000, "1d 2h"],
  [2_592_000_000, "30d"],
];

for (const [ms, text] of WRITTEN) {
  Deno.test(`formatDuration() writes ${ms} ms as ${text}`, () => {
    assertEquals(formatDuration(ms), text);
  });
}

Deno.test("spanText() writes units as pages do", () => {
  const texts = [0, 22_000, 90_000, 3_720_000, 2 * 86_400_000].map(spanText);
  assertEquals(texts, ["0 s", "22 s", "1 min 30 s", "1 h 2 min", "2 d"]);
});
