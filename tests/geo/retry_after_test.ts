import { assertEquals } from "@std/assert";
import { retryAfterMs } from "../../lib/geo/retry_after.ts";

Deno.test("retryAfterMs() reads seconds and dates, within a second and a day", () => {
  const now = Date.UTC(2026, 0, 1, 12);
  const day = 86_400_000;
  const table: [string | null, number][] = [
    [null, 5],
    ["", 5],
    ["soon", 5],
    ["-1", 5],
    ["1.5", 5],
    ["1e9", 5],
    ["Infinity", 5],
    ["9".repeat(400), 5],
    ["Foo, 99 Bar 9999", 5],
    ["0", 1000],
    ["30", 30_000],
    [" 30 ", 30_000],
    ["999999999", day],
    ["Thu, 01 Jan 2026 12:02:00 GMT", 120_000],
    ["Thu, 01 Jan 2026 11:00:00 GMT", 1000],
    ["Fri, 01 Jan 2100 00:00:00 GMT", day],
  ];
  for (const [field, expected] of table) {
    assertEquals(retryAfterMs(field, now, 5), expected, String(field));
  }
});
