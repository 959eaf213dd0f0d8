import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalIp, formatIp, parseIp } from "../../lib/net/ip.ts";
import { modelIp, modelText } from "./model.ts";
import { Random } from "./random.ts";

const REFUSED: [why: string, text: string][] = [
  ["empty", ""],
  ["a trailing dot", "1.2.3."],
  ["a fifth dot", "1.2.3.4."],
  ["a leading dot", ".1.2.3.4"],
  ["hexadecimal", "0x7f.0.0.1"],
  ["hexadecimal as one number", "0x7f000001"],
  ["an exponent", "1e1.2.3.4"],
  ["a sign", "+1.2.3.4"],
  ["a minus", "1.2.3.-4"],
  ["a blank and a line break", " 1.2.3.4\n"],
  ["a line break", "1.2.3.4\n"],
  ["a NUL", "1.2.3.4\0"],
  ["octal", "010.0.0.1"],
  ["two zeros", "1.2.3.00"],
  ["short IPv4", "127.1"],
  ["one number", "2130706433"],
  ["five octets", "1.2.3.4.5"],
  ["octet 256", "1.2.3.256"],
  ["octet 999999", "999999.1.1.1"],
  ["a port", "1.2.3.4:80"],
  ["a range", "1.2.3.0/24"],
  ["a letter O", "203.0.113.9O"],
  ["Arabic digits", "١.٢.٣.٤"],
  ["full-width digits", "１.2.3.4"],
  ["a zone", "::1%eth0"],
  ["a zone on link-local", "fe80::1%25eth0"],
  ["brackets", "[::1]"],
  ["one colon", ":"],
  ["three colons", ":::"],
  ["a single leading colon", ":1:2:3:4:5:6:7"],
  ["a single trailing colon", "1:2:3:4:5:6:7:"],
  ["two gaps", "1::2::3"],
  ["a gap of three colons", "1:::2"],
  ["five digits", "12345::"],
  ["five digits with zero", "00001::"],
  ["seven groups", "1:2:3:4:5:6:7"],
  ["nine groups", "1:2:3:4:5:6:7:8:9"],
  ["a gap for nothing", "1:2:3:4:5:6:7::8"],
  ["a letter g", "::g"],
  ["dotted in the middle", "::1.2.3.4:1"],
  ["dotted too late", "1:2:3:4:5:6:7:1.2.3.4"],
  ["dotted too early", "1:2:3:4:5:1.2.3.4"],
  ["octal in the dotted tail", "::ffff:010.0.0.1"],
  ["hexadecimal in the dotted tail", "::ffff:a.b.c.d"],
  ["a short dotted tail", "::ffff:1.2.3"],
  ["a name", "localhost"],
  ["unknown", "unknown"],
  ["10 kB of digits", "1".repeat(10_000)],
  ["10 kB of colons", ":".repeat(10_000)],
  ["10 kB of zeros before an address", "0".repeat(10_000) + "1.2.3.4"],
  ["10 kB after an address", "1.2.3.4" + " ".repeat(10_000)],
];

for (const [why, text] of REFUSED) {
  Deno.test(`parseIp() refuses ${why}`, () => {
    assertEquals(parseIp(text), null);
    assertEquals(canonicalIp(text), null);
  });
}

const CANONICAL: [text: string, canonical: string][] = [
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["::", "::"],
  ["0:0:0:0:0:0:0:0", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  // RFC 5952 §4.2.2: a single group of zeros is not shortened.
  ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  // §4.2.3: the longest run, and the first of equals.
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["1:0:0:0:0:0:0:0", "1::"],
  ["::ffff:1.2.3.4", "1.2.3.4"],
  ["::ffff:102:304", "1.2.3.4"],
  ["::FFFF:0102:0304", "1.2.3.4"],
  ["0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"],
  ["64:ff9b::1.2.3.4", "1.2.3.4"],
  ["64:ff9b::cb00:7109", "203.0.113.9"],
  ["::ffff:255.255.255.255", "255.255.255.255"],
  // Only these two blocks embed IPv4 addresses.
  ["2001:db8::1.2.3.4", "2001:db8::102:304"],
  ["::1.2.3.4", "::102:304"],
  ["::ffff:0:1.2.3.4", "::ffff:0:102:304"],
  ["1::ffff:1.2.3.4", "1::ffff:102:304"],
  ["64:ff9b:1::1.2.3.4", "64:ff9b:1::102:304"],
  ["64:ff9b::1:1.2.3.4", "64:ff9b::1:102:304"],
];

for (const [text, canonical] of CANONICAL) {
  Deno.test(`canonicalIp() writes ${text} as ${canonical}`, () => {
    assertEquals(canonicalIp(text), canonical);
    assertEquals(canonicalIp(canonical), canonical);
  });
}

Deno.test("canonicalIp() agrees with a slow model on 100,000 addresses", () => {
  const random = new Random(1);
  for (let i = 0; i < 100_000; i++) {
    let text = random.ip();
    if (random.chance(0.3)) text = mutate(text, random);
    const model = modelIp(text);
    const ip = parseIp(text);
    const expected = model && modelText(model);
    assertEquals(canonicalIp(text), expected, text);
    assertEquals(ip && formatIp(ip), expected, text);
    assertEquals(ip?.family, model?.family, text);
  }
});

Deno.test("canonicalIp() of any text is null or a fixed point", () => {
  const text = fc.oneof(
    fc.string(),
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[0-9a-f:.]{0,46}$/),
  );
  fc.assert(
    fc.property(text, (text) => {
      const canonical = canonicalIp(text);
      if (canonical !== null) assertEquals(canonicalIp(canonical), canonical);
      const model = modelIp(text);
      assertEquals(canonical, model && modelText(model));
    }),
    { numRuns: 2_000 },
  );
});

function mutate(text: string, random: Random): string {
  const at = random.int(text.length + 1);
  const with_ = random.pick([..."0123456789abcdefgFx:.%/ \n-", "", "::", "00"]);
  return text.slice(0, at) + with_ + text.slice(at + random.int(3));
}
