import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { shadeOf, SHADES, shadeSteps } from "../../lib/map/shades.ts";

Deno.test("shadeOf() has a shade of its own for none and for the most", () => {
  assertEquals(shadeOf(0, 100), 0);
  assertEquals(shadeOf(0, 0), 0);
  assertEquals(shadeOf(1, 1), SHADES);
  assertEquals(shadeOf(100, 100), SHADES);
  assertEquals(shadeOf(1, 1_000_000), 1);
});

Deno.test("shadeSteps() says from where on shadeOf() uses each shade", () => {
  const most = fc.integer({ min: 1, max: 10_000_000 });
  fc.assert(fc.property(most, (most) => {
    const steps = shadeSteps(most);
    assertEquals(steps[0]?.from, 1);
    for (const { shade, from } of steps) {
      assertEquals(shadeOf(from, most), shade, `${from} of ${most}`);
      if (from > 1) assert(shadeOf(from - 1, most) < shade);
    }
    assertEquals(steps.at(-1)?.shade, SHADES);
  }));
});
