import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  FIRST,
  LAST,
  mergeEvidence,
  sameEvidence,
} from "../../lib/detection/evidence.ts";
import type { Evidence } from "../../lib/detection/types.ts";

// Few values, so that samples share requests.
const item: fc.Arbitrary<Evidence> = fc.record({
  timestamp: fc.nat(30),
  method: fc.constantFrom("GET", "POST"),
  path: fc.constantFrom("/a", "/b"),
  status: fc.constantFrom(200, 404),
  user_agent: fc.constantFrom(null, "curl/8"),
});
const items = fc.array(item, { maxLength: 14 });
const texts = (all: readonly Evidence[]) =>
  all.map((each) => JSON.stringify(each));

Deno.test("mergeEvidence(): each request once, in the order of time, the first and the last of them", () => {
  fc.assert(
    fc.property(items, items, (a, b) => {
      const merged = mergeEvidence(a, b);
      const all = new Set(texts([...a, ...b]));
      assertEquals(merged.length, Math.min(all.size, FIRST + LAST));
      assertEquals(new Set(texts(merged)).size, merged.length);
      for (const text of texts(merged)) assertEquals(all.has(text), true);
      const times = merged.map(({ timestamp }) => timestamp);
      assertEquals(times, times.toSorted((a, b) => a - b));
      const known = [...a, ...b].map(({ timestamp }) => timestamp);
      assertEquals(times[0], known.length ? Math.min(...known) : undefined);
      assertEquals(times.at(-1), known.length ? Math.max(...known) : undefined);
      assertEquals(texts(mergeEvidence(b, a)), texts(merged));
    }),
  );
});

Deno.test("sameEvidence(): two samples are the same where each request of one is in the other", () => {
  fc.assert(
    fc.property(items, items, (a, b) => {
      const [one, other] = [mergeEvidence(a, []), mergeEvidence(b, [])];
      const isSame = texts(one).join() === texts(other).join();
      assertEquals(sameEvidence(one, other), isSame);
      assertEquals(sameEvidence(one, structuredClone(one)), true);
      assertEquals(sameEvidence(one, one.slice(1)), one.length === 0);
    }),
  );
});
