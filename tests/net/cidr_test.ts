import { Refusal } from "../../lib/base/refusal.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  cidrOf,
  contains,
  covers,
  formatCidr,
  overlaps,
  parseCidr,
} from "../../lib/net/cidr.ts";
import { parseIp } from "../../lib/net/ip.ts";
import { modelContains, modelIp, modelRange, modelText } from "./model.ts";
import { Random } from "./random.ts";

const CANONICAL: [text: string, canonical: string][] = [
  ["203.0.113.9", "203.0.113.9"],
  ["203.0.113.9/32", "203.0.113.9"],
  ["203.0.113.9/31", "203.0.113.8/31"],
  ["10.1.2.3/8", "10.0.0.0/8"],
  ["255.255.255.255/1", "128.0.0.0/1"],
  ["1.2.3.4/0", "0.0.0.0/0"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["2001:db8::1/128", "2001:db8::1"],
  ["2001:db8::1/127", "2001:db8::/127"],
  ["2001:db8:1:2:3::/64", "2001:db8:1:2::/64"],
  ["2001:db8:ffff::/33", "2001:db8:8000::/33"],
  ["2001:db8::/0", "::/0"],
  ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
  ["::ffff:a01:203/104", "10.0.0.0/8"],
  ["::ffff:1.2.3.4", "1.2.3.4"],
  ["::ffff:0:0/96", "0.0.0.0/0"],
  ["64:ff9b::10.0.0.0/104", "10.0.0.0/8"],
  ["64:ff9b::/96", "0.0.0.0/0"],
  // Wider than the mapped block: a range of IPv6 addresses.
  ["::ffff:0:0/95", "::fffe:0:0/95"],
];

for (const [text, canonical] of CANONICAL) {
  Deno.test(`parseCidr() reads ${text} as ${canonical}`, () => {
    assertEquals(formatCidr(parseCidr(text)), canonical);
    assertEquals(formatCidr(parseCidr(canonical)), canonical);
  });
}

const REFUSED: [text: string, error: typeof Refusal | typeof Refusal][] = [
  ["1.2.3.4/33", Refusal],
  ["1.2.3.4/99999", Refusal],
  ["::/129", Refusal],
  ["::ffff:1.2.3.4/129", Refusal],
  ["", Refusal],
  ["/", Refusal],
  ["/8", Refusal],
  ["1.2.3.4/", Refusal],
  ["1.2.3.4/-1", Refusal],
  ["1.2.3.4/+8", Refusal],
  ["1.2.3.4/08", Refusal],
  ["1.2.3.4/8/8", Refusal],
  ["1.2.3.4/8 ", Refusal],
  ["1.2.3.4/8\n", Refusal],
  ["1.2.3.4 /8", Refusal],
  ["1.2.3.4/1e1", Refusal],
  ["1.2.3.4/0x8", Refusal],
  ["1.2.3.4/255.0.0.0", Refusal],
  ["1.2.3/24", Refusal],
  ["203.0.113", Refusal],
  ["203.0.113.9O", Refusal],
  ["10.0.0.0-10.0.0.9", Refusal],
  ["10.*", Refusal],
  ["fe80::%eth0/64", Refusal],
  ["1".repeat(10_000), Refusal],
  ["1.2.3.4/" + "1".repeat(10_000), Refusal],
];

for (const [text, error] of REFUSED) {
  Deno.test(`parseCidr() refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
    const thrown = assertThrows(() => parseCidr(text, "block"), error);
    assert(thrown.message.startsWith("Cannot block "), thrown.message);
    assert(thrown.message.length < 200);
  });
}

Deno.test("parseCidr() names the input and what was expected", () => {
  assertThrows(
    () => parseCidr("203.0.113", "block"),
    Refusal,
    'Cannot block "203.0.113": expected an IP address or CIDR range',
  );
  assertThrows(
    () => parseCidr("10.0.0.0/33"),
    Refusal,
    'Cannot parse "10.0.0.0/33": expected a prefix of /0 to /32 for IPv4',
  );
});

Deno.test("parseCidr() keeps terminal escapes out of its error", () => {
  const { message } = assertThrows(
    () => parseCidr("\x1b[2J\u202e\x9b1.2.3.4"),
    Refusal,
  );
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(message));
});

Deno.test("contains() keeps the families apart", () => {
  assert(contains(parseCidr("0.0.0.0/0"), parseIp("1.2.3.4")!));
  assert(!contains(parseCidr("::/0"), parseIp("1.2.3.4")!));
  assert(!contains(parseCidr("0.0.0.0/0"), parseIp("::1")!));
  assert(contains(parseCidr("10.0.0.0/8"), parseIp("::ffff:10.9.9.9")!));
});

Deno.test("contains(), covers() and overlaps() agree with a slow model on 100,000 pairs", () => {
  const random = new Random(2);
  for (let i = 0; i < 100_000; i++) {
    const text = random.ip();
    const bits = text.includes(":") ? 128 : 32;
    const a = `${text}/${random.int(bits + 1)}`;
    // A neighbour, so that about half of the pairs overlap.
    const b = random.chance(0.6)
      ? formatCidr(cidrOf(near(text, random), undefined))
      : random.ip();
    const rangeA = parseCidr(a);
    const modelA = modelRange(a)!;
    const ipB = parseIp(b)!;
    const expected = modelContains(modelA, modelIp(b)!);
    assertEquals(contains(rangeA, ipB), expected, `${a} ${b}`);
    const prefix = random.int((ipB.family === 4 ? 32 : 128) + 1);
    const rangeB = cidrOf(ipB, prefix);
    const modelB = modelRange(formatCidr(rangeB))!;
    const aInB = modelB.prefix <= modelA.prefix &&
      modelContains(modelB, modelA);
    const bInA = modelA.prefix <= modelB.prefix &&
      modelContains(modelA, modelB);
    assertEquals(covers(rangeB, rangeA), aInB, `${a} ${b}/${prefix}`);
    assertEquals(covers(rangeA, rangeB), bInA, `${a} ${b}/${prefix}`);
    assertEquals(overlaps(rangeA, rangeB), aInB || bInA);
    const { family } = modelA;
    const single = modelA.prefix === (family === 4 ? 32 : 128);
    assertEquals(
      formatCidr(rangeA),
      modelText(modelA) + (single ? "" : `/${modelA.prefix}`),
    );
  }
});

/** The address with one bit flipped, or unchanged. */
function near(text: string, random: Random) {
  const ip = parseIp(text)!;
  const words = ip.words.slice();
  const bit = random.int(ip.family === 4 ? 32 : 128);
  if (random.chance(0.8)) words[bit >> 5]! ^= 1 << (31 - bit & 31);
  return { family: ip.family, words };
}
