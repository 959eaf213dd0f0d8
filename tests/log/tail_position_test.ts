import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  chunkId,
  formatPosition,
  parsePosition,
} from "../../lib/log/tail_position.ts";

Deno.test("parsePosition() reads what formatPosition() wrote", () => {
  const time = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
  const count = fc.nat(5_000);
  const block = fc.record({
    lastMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    writer: fc.stringMatching(/^[\da-f]{8}$/),
    n: fc.nat(),
  }).map(chunkId);
  const counts = fc.array(fc.tuple(block, count), { maxLength: 300 });
  fc.assert(fc.property(time, counts, (from, counts) => {
    const position = { from, counts: new Map(counts) };
    assertEquals(parsePosition(formatPosition(position)), position);
  }));
});

Deno.test("formatPosition() is safe in a header, an address and an event", () => {
  const counts = new Map([[chunkId({ lastMs: 5, writer: "ab12", n: 7 }), 3]]);
  const text = formatPosition({ from: 1_767_614_400_000, counts });
  assertEquals(text, "mk13z400~5.ab12.7-3");
  assertEquals(encodeURIComponent(text), text);
});

Deno.test("parsePosition() is null for everything else", () => {
  for (
    const text of [
      "",
      "~",
      "-1",
      "mk11wfeo~",
      "mk11wfeo~5.ab12.7",
      "mk11wfeo~5.ab12.7-",
      "mk11wfeo~5.ab12.7--3",
      "mk11wfeo~5.ab12-3",
      "mk11wfeo~5.a b.7-3",
      "mk11wfeo~__proto__-3",
      "MK11WFEO",
      "zzzzzzzzzzzz",
      "<script>",
      "mk11wfeo~" + "5.ab12.7-3~".repeat(2_000),
    ]
  ) assertEquals(parsePosition(text), null, text.slice(0, 40));
});
