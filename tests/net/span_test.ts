import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatCidr } from "../../lib/net/cidr.ts";
import { spanRanges } from "../../lib/net/span.ts";

const texts = (first: string, last: string) =>
  spanRanges(first, last)?.map(formatCidr) ?? null;

Deno.test("spanRanges() takes the fewest ranges", () => {
  assertEquals(texts("0.0.0.0", "255.255.255.255"), ["0.0.0.0/0"]);
  assertEquals(texts("1.2.3.1", "1.2.3.4"), [
    "1.2.3.1",
    "1.2.3.2/31",
    "1.2.3.4",
  ]);
  assertEquals(texts("2001:db8::", "2001:db8::ffff"), ["2001:db8::/112"]);
});

Deno.test("spanRanges() refuses what is no span", () => {
  assertEquals(texts("1.2.3.4", "1.2.3.3"), null);
  assertEquals(texts("1.2.3.4", "::1"), null);
  assertEquals(texts("x", "1.2.3.4"), null);
});

Deno.test("spanRanges() holds each address of a span once", () => {
  const number = fc.integer({ min: 0, max: 0xffff });
  fc.assert(fc.property(number, number, (a, b) => {
    const [from, to] = a < b ? [a, b] : [b, a];
    const ip = (n: number) => `10.9.${n >> 8}.${n & 255}`;
    const ranges = spanRanges(ip(from), ip(to))!;
    const sizes = ranges.map(({ prefix }) => 2 ** (32 - prefix));
    assertEquals(sizes.reduce((sum, size) => sum + size, 0), to - from + 1);
    let at = 0x0a090000 + from;
    for (const [i, { words }] of ranges.entries()) {
      assertEquals(words[0]! >>> 0, at);
      at += sizes[i]!;
    }
  }));
});
