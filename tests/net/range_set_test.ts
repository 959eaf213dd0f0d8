import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { contains, formatCidr, parseCidr } from "../../lib/net/cidr.ts";
import { halves, uncovered, without } from "../../lib/net/range_set.ts";

const parse = (texts: readonly string[]) => texts.map((t) => parseCidr(t));
const format = (ranges: ReturnType<typeof uncovered>) => ranges.map(formatCidr);

Deno.test("uncovered() sorts by address, IPv4 first, and drops what another covers", () => {
  const cases: [string[], string[]][] = [
    [[], []],
    [["10.0.0.1", "10.0.0.1"], ["10.0.0.1"]],
    [["10.0.0.0/9", "10.0.0.0/8"], ["10.0.0.0/8"]],
    [["200.0.0.1", "9.0.0.1", "127.0.0.1"], [
      "9.0.0.1",
      "127.0.0.1",
      "200.0.0.1",
    ]],
    [["10.1.2.3", "10.1.0.0/16", "10.0.0.0/8", "11.0.0.0/8"], [
      "10.0.0.0/8",
      "11.0.0.0/8",
    ]],
    [["::/0", "2001:db8::1", "0.0.0.0/0", "1.2.3.4"], ["0.0.0.0/0", "::/0"]],
    [["fe80::1", "2001:db8::/32", "2001:db8:1::/48", "1.2.3.4"], [
      "1.2.3.4",
      "2001:db8::/32",
      "fe80::1",
    ]],
  ];
  for (const [given, kept] of cases) {
    assertEquals(format(uncovered(parse(given))), kept);
  }
});

Deno.test("without() leaves no address of a hole, and all others", () => {
  const cases: [string[], string[], string[]][] = [
    [["10.0.0.1"], [], ["10.0.0.1"]],
    [["10.0.0.1"], ["10.0.0.1"], []],
    [["10.0.0.1", "10.0.1.1"], ["10.0.0.0/24"], ["10.0.1.1"]],
    [["10.0.0.0/30"], ["10.0.0.2"], ["10.0.0.0/31", "10.0.0.3"]],
    [["10.0.0.0/30"], ["10.0.0.0/30"], []],
    [["10.0.0.0/30"], ["10.0.0.0/31", "10.0.0.2"], ["10.0.0.3"]],
    [["10.0.0.0/30"], ["11.0.0.0/8", "9.0.0.0/8", "::/0"], ["10.0.0.0/30"]],
    [["0.0.0.0/0"], ["0.0.0.0/1"], ["128.0.0.0/1"]],
    [["0.0.0.0/0", "::1"], ["0.0.0.0/0"], ["::1"]],
    [["2001:db8::/126"], ["2001:db8::1"], ["2001:db8::", "2001:db8::2/127"]],
  ];
  for (const [ranges, holes, left] of cases) {
    assertEquals(format(without(parse(ranges), parse(holes))), left);
  }
});

Deno.test("without() agrees with asking for each address", () => {
  const range = fc.tuple(
    fc.constantFrom("10.0.0.", "2001:db8::"),
    fc.nat(15),
    fc.nat(4),
  ).map(([start, last, free]) => {
    const bits = start.includes(":") ? 128 : 32;
    return parseCidr(
      `${start}${last.toString(bits === 32 ? 10 : 16)}/${bits - free}`,
    );
  });
  fc.assert(
    fc.property(fc.array(range), fc.array(range), (ranges, holes) => {
      const left = without(ranges, holes);
      assertEquals(uncovered(left), left);
      for (let i = 0; i < 16; i++) {
        for (const ip of [`10.0.0.${i}`, `2001:db8::${i.toString(16)}`]) {
          const address = parseCidr(ip);
          const isIn = (set: typeof ranges) =>
            set.some((one) => contains(one, address));
          assertEquals(isIn(left), isIn(ranges) && !isIn(holes));
        }
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("without() takes 100,000 addresses and 1,000 holes in well under a second", () => {
  const ip = (n: number) => `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`;
  const ranges = Array.from({ length: 100_000 }, (_, n) => parseCidr(ip(n)));
  const holes = Array.from({ length: 1_000 }, (_, n) => parseCidr(ip(n * 7)));
  const started = performance.now();
  assertEquals(without(ranges, holes).length, 99_000);
  assert(performance.now() - started < 3_000);
});

Deno.test("halves() of a range are its two halves", () => {
  for (
    const [range, parts] of [
      ["0.0.0.0/0", ["0.0.0.0/1", "128.0.0.0/1"]],
      ["10.0.0.4/31", ["10.0.0.4", "10.0.0.5"]],
      ["::/0", ["::/1", "8000::/1"]],
      ["2001:db8::/32", ["2001:db8::/33", "2001:db8:8000::/33"]],
      ["2001:db8::/127", ["2001:db8::", "2001:db8::1"]],
    ] as const
  ) assertEquals(halves(parseCidr(range)).map(formatCidr), [...parts]);
});
