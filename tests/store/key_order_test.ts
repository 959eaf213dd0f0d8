import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { compareKeys } from "../../lib/store/key_order.ts";

const part = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\0", "a", "a\0", "\uffff", "\u{1f600}", "\ue000"),
  fc.double(),
  fc.constantFrom(-0, 0, NaN, Infinity, -Infinity),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  fc.boolean(),
  fc.uint8Array(),
);

Deno.test("compareKeys() sorts keys of every kind as the store lists them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), {
        minLength: 2,
        maxLength: 60,
      }),
      async (all) => {
        using kv = await Deno.openKv(":memory:");
        for (const key of all) await kv.set(key, null);
        const listed = (await Array.fromAsync(kv.list({ prefix: [] })))
          .map(({ key }) => key);
        for (const [i, key] of listed.entries()) {
          const shuffled = listed.toReversed();
          if (i === 0) assertEquals(shuffled.sort(compareKeys), listed);
          assertEquals(compareKeys(key, structuredClone(key)), 0);
        }
      },
    ),
    { numRuns: 50 },
  );
});
