import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkFresh, linkedFresh } from "../../lib/doctor/fresh.ts";

Deno.test("linkedFresh() tells the stand-in, a checkout and upstream apart", () => {
  const cases: [string | null, ReturnType<typeof linkedFresh>][] = [
    ["file:///app/links/fresh/mod.ts", { kind: "stand-in" }],
    ["file:///src/fresh/packages/fresh/src/mod.ts", {
      kind: "checkout",
      folder: "/src/fresh/packages/fresh",
    }],
    ["file:///C:/my%20%23src/fresh/src/mod.ts", {
      kind: "checkout",
      folder: "C:/my #src/fresh",
    }],
    ["https://jsr.io/@fresh/core/2.3.3/src/mod.ts", {
      kind: "upstream",
      version: "2.3.3",
    }],
    ["jsr:@fresh/core@^2.3.3", { kind: "upstream", version: "2.3.3" }],
    [null, { kind: "none" }],
  ];
  for (const [resolved, expected] of cases) {
    assertEquals(linkedFresh(resolved), expected);
  }
});

Deno.test("checkFresh() says which Fresh is linked, why, and the command that changes it", async () => {
  const yes = () => Promise.resolve(true);
  const no = () => Promise.resolve(false);
  const standIn = { kind: "stand-in" } as const;
  const found = await checkFresh(yes, standIn);
  assertEquals([found.level, found.fix], ["warn", "deno task use-fresh jsr"]);
  for (const asked of [no, null]) {
    const { level, detail, fix } = await checkFresh(asked, standIn);
    assertEquals([level, fix], ["ok", "deno task use-fresh jsr"]);
    assertStringIncludes(detail, "links/");
  }
  const upstream = { kind: "upstream", version: "2.3.3" } as const;
  // No question is asked if there is nothing to change.
  const never = () => Promise.reject(new Error("asked"));
  const { level, detail, fix } = await checkFresh(never, upstream);
  assertEquals([level, fix], ["ok", undefined]);
  assertStringIncludes(detail, "2.3.3");
  const checkout = { kind: "checkout", folder: "/src/fresh" } as const;
  assert((await checkFresh(never, checkout)).detail.includes("/src/fresh"));
});
