import { assertEquals, assertThrows } from "@std/assert";
import { createCountryFilter } from "../../lib/geo/country_filter.ts";

Deno.test("country filter: without lists everyone is let in", () => {
  const letIn = createCountryFilter({ block: [], allow: [] });
  assertEquals(["NO", "KP", null].map(letIn), [true, true, true]);
});

Deno.test("country filter: a block list keeps its countries out", () => {
  const letIn = createCountryFilter({ block: ["KP", "ru"], allow: [] });
  assertEquals(["KP", "RU", "NO"].map(letIn), [false, false, true]);
});

Deno.test("country filter: an allow list lets in its countries only", () => {
  const letIn = createCountryFilter({ block: [], allow: ["NO", "XK"] });
  assertEquals(["NO", "XK", "SE", null].map(letIn), [true, true, false, true]);
});

Deno.test("country filter: block wins over allow", () => {
  const letIn = createCountryFilter({ block: ["NO"], allow: ["NO", "SE"] });
  assertEquals(["NO", "SE", "DK"].map(letIn), [false, true, false]);
});

Deno.test("country filter: the unknown country is let in unless told", () => {
  const lists = { block: ["KP"], allow: [] };
  assertEquals(createCountryFilter(lists)(null), true);
  assertEquals(createCountryFilter({ ...lists, unknown: "allow" })(null), true);
  const strict = createCountryFilter({ ...lists, unknown: "block" });
  assertEquals([null, "NO", "KP"].map(strict), [false, true, false]);
});

Deno.test("country filter: what is no country's code is refused at start", () => {
  for (const code of ["", "UK", "EU", "XX", "Norway", "NOR", "N", " NO", "*"]) {
    for (const lists of [{ block: [code] }, { allow: [code] }]) {
      assertThrows(
        () => createCountryFilter({ block: [], allow: [], ...lists }),
        RangeError,
        `Cannot filter country "${code}"`,
      );
    }
  }
});
