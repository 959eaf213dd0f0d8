import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SubjectIndex } from "../../lib/lists/subject_index.ts";

const subject = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((ip) => ip.toLowerCase()),
  fc.integer({ min: 0, max: 20 }).map((n) => `198.51.100.${n}`),
  fc.constantFrom("*", "", "198.51.100.0/24", "2001:db8::/48", "~hash", "::"),
  fc.string({ unit: "binary" }),
);

Deno.test("subject index: every subject keeps the number of its turn, and none is taken for another", () => {
  fc.assert(fc.property(fc.array(subject, { maxLength: 200 }), (subjects) => {
    const index = new SubjectIndex();
    const truth = new Map<string, number>();
    for (const one of subjects) {
      const known = index.get(one);
      if (known < 0) {
        assertEquals(truth.has(one), false, one);
        truth.set(one, index.add(one));
      } else if (truth.has(one)) assertEquals(known, truth.get(one), one);
      else truth.set(one, known);
    }
    // Two subjects share a number only if they are spellings of one address.
    for (const [one, number] of truth) {
      assertEquals(index.get(one), number);
      const first = index.names[number]!;
      if (first !== one) {
        assertEquals(new URL(`http://[${first}]`), new URL(`http://[${one}]`));
      }
    }
    assertEquals(index.names.length, new Set(truth.values()).size);
  }));
});

Deno.test("subject index: spellings of an address are one subject, what only looks like one is not", () => {
  const index = new SubjectIndex();
  const same = index.add("2001:db8::1");
  assertEquals(index.get("2001:DB8:0::0:1"), same);
  assertEquals(index.add("192.0.2.1"), 1);
  assertEquals(index.get("::ffff:192.0.2.1"), 1);
  for (
    const other of ["192.0.2.01", "192.0.2.1 ", "192.0.2.1/32", "0xc0000201"]
  ) {
    assertEquals(index.get(other), -1, other);
  }
});
