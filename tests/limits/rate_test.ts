import { assertEquals, assertThrows } from "@std/assert";
import { formatRate, parseRate } from "../../lib/limits/rate.ts";

Deno.test("parseRate() reads N/s, N/m, N/h and N/d", () => {
  assertEquals(parseRate("5/m"), { limit: 5, windowMs: 60_000 });
  assertEquals(parseRate("10/s"), { limit: 10, windowMs: 1_000 });
  assertEquals(parseRate("100/h"), { limit: 100, windowMs: 3_600_000 });
  assertEquals(parseRate("999999999/d").windowMs, 86_400_000);
});

Deno.test("parseRate() refuses everything else", () => {
  const bad = [
    "",
    "5",
    "5/",
    "/m",
    "0/m",
    "-1/m",
    "05/m",
    "+5/m",
    "5.5/m",
    "1e3/m",
    "0x5/m",
    " 5/m",
    "5/m ",
    "5/m\n",
    "5 / m",
    "5/M",
    "5/min",
    "5/w",
    "5/1m",
    "5/m/m",
    "٥/m",
    "Infinity/m",
    "1000000000/m",
    "9".repeat(10_000) + "/m",
  ];
  for (const text of bad) {
    const error = assertThrows(() => parseRate(text), RangeError);
    assertEquals(error.message.startsWith("Cannot parse rate "), true);
    assertEquals(error.message.length < 200, true);
  }
});

Deno.test("formatRate() gives back what parseRate() read", () => {
  for (const text of ["5/s", "5/m", "5/h", "5/d"]) {
    assertEquals(formatRate(parseRate(text)), text);
  }
  assertEquals(formatRate({ limit: 3, windowMs: 90_000 }), "3 in 90 s");
});
