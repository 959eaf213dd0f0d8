import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Cidr, cidrOf, overlaps, parseCidr } from "../../lib/net/cidr.ts";
import { RangeFence } from "../../lib/net/range_fence.ts";
import { kindOf, specialIn } from "../../lib/net/special.ts";
import { parseIp } from "../../lib/net/ip.ts";

/** Ranges that often overlap: few different leading bits. */
const range = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ max: 32, min: 1 }))
    .map(([n, prefix]) => cidrOf(parseIp(`8.0.${n >> 8}.${n & 255}`)!, prefix)),
  fc.tuple(
    fc.integer({ min: 0, max: 0xff }),
    fc.integer({ max: 128, min: 1 }),
  ).map(([n, prefix]) => cidrOf(parseIp(`2a00:${n.toString(16)}::1`)!, prefix)),
);

Deno.test("RangeFence finds what overlaps, and nothing else", () => {
  fc.assert(fc.property(fc.array(range), fc.array(range), (fence, asked) => {
    const ranges = new RangeFence(fence);
    for (const each of asked) {
      const found = ranges.touching(each);
      const expected = fence.some((one: Cidr) => overlaps(one, each));
      assertEquals(found !== null, expected);
      if (found) assertEquals(overlaps(found, each), true);
    }
  }));
});

for (
  const [text, kind] of [
    ["8.8.8.0/24", null],
    ["8.0.0.0/7", null],
    ["10.1.0.0/16", "private"],
    ["8.0.0.0/5", "private"],
    ["0.0.0.0/0", "unspecified"],
    ["0.0.0.0", "unspecified"],
    ["172.16.0.0/12", "private"],
    ["172.0.0.0/8", "private"],
    ["172.32.0.0/12", null],
    ["192.0.0.9", null],
    ["192.0.0.8/29", "reserved"],
    ["192.0.0.0/16", "reserved"],
    ["224.0.0.0/3", "multicast"],
    ["::1", "loopback"],
    ["2000::/3", "transition"],
    ["2a00::/12", null],
    ["fe80::/10", "link-local"],
    ["4000::/2", "reserved"],
  ] as const
) {
  Deno.test(`specialIn(${text}) is ${kind}`, () => {
    assertEquals(specialIn(parseCidr(text)), kind);
  });
}

Deno.test("specialIn() of one address is what kindOf() says", () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
    const ip = parseIp(text)!;
    const kind = kindOf(ip);
    assertEquals(specialIn(cidrOf(ip)), kind === "public" ? null : kind);
  }));
});
