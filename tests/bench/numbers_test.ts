import { assertEquals } from "@std/assert";
import { median, quantile, short, spread } from "../../bench/numbers.ts";

Deno.test("bench: the median is the middle one, or between the two in the middle", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals(median([7]), 7);
  assertEquals(median([]), NaN);
});

Deno.test("bench: a percentile lies between its neighbours", () => {
  const hundred = Array.from({ length: 101 }, (_, i) => 100 - i);
  assertEquals(quantile(hundred, 0.99), 99);
  assertEquals(quantile([0, 10], 0.25), 2.5);
  assertEquals(quantile(new Float64Array([5, -1]), 1), 5);
  // Numbers, not texts: 10 is more than 9.
  assertEquals(quantile([10, 9], 0), 9);
});

Deno.test("bench: the spread is half the distance of the quartiles", () => {
  assertEquals(spread([1, 2, 3, 4, 5]), 1);
  assertEquals(spread([1, 2, 3, 4, 1_000]), 1);
  assertEquals(spread([8]), 0);
});

Deno.test("bench: numbers are shown with about three digits", () => {
  const shown = [
    0,
    0.00012345,
    0.04567,
    1.2345,
    12.345,
    99.96,
    1_234_567,
    -3.456,
  ];
  assertEquals(shown.map(short), [
    "0",
    "0.0001",
    "0.0457",
    "1.23",
    "12.3",
    "100",
    "1,234,567",
    "-3.46",
  ]);
});
