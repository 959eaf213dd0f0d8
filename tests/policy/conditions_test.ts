import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { contains, parseCidr } from "../../lib/net/cidr.ts";
import { canonicalIp, parseIp } from "../../lib/net/ip.ts";
import { compileWhen } from "../../lib/policy/compile_when.ts";
import { subject } from "./_policy.ts";

// Few networks, so that ranges and addresses overlap.
const v4 = fc.tuple(fc.constantFrom(10, 11), fc.nat(3), fc.nat(1), fc.nat(3))
  .map((parts) => parts.join("."));
const v6 = fc.tuple(fc.nat(2), fc.nat(3))
  .map(([network, host]) => `2001:db8:${network}::${host}`);
const address = fc.oneof(v4, v6).map((text) => canonicalIp(text)!);
const range = fc.oneof(
  fc.tuple(v4, fc.integer({ min: 0, max: 32 })),
  fc.tuple(v6, fc.integer({ min: 0, max: 128 })),
).map(([ip, prefix]) => parseCidr(`${ip}/${prefix}`));
const ranges = fc.array(range, { minLength: 1, maxLength: 6 });

Deno.test("an address is in a rule's ranges where one of them holds it, whoever was asked about before", () => {
  fc.assert(
    fc.property(
      fc.array(ranges, { minLength: 1, maxLength: 4 }),
      fc.array(address, { minLength: 1, maxLength: 8 }),
      (rules, addresses) => {
        const compiled = rules.map((ip) => compileWhen({ ip })!);
        for (const ip of addresses) {
          const parsed = parseIp(ip)!;
          assertEquals(
            compiled.map((matches) => matches(subject({ ip }), 0)),
            rules.map((all) => all.some((each) => contains(each, parsed))),
          );
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("who has no address, such as a stored hash, is in no range", () => {
  const everywhere = ["0.0.0.0/0", "::/0"].map((text) => parseCidr(text));
  const matches = compileWhen({ ip: everywhere })!;
  for (const ip of ["", "unknown", "1.2.3"]) {
    assertEquals(matches(subject({ ip }), 0), false);
    assertEquals(matches(subject({ ip: "10.0.0.1" }), 0), true);
  }
});
