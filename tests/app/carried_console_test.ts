import { assertEquals, assertMatch } from "@std/assert";

// Fresh's modules have circular imports, and one of upstream's has a top-level await for the
// build's id. A module that a bundler wraps for a later import() then waits for itself: the import
// never ends.
Deno.test("the carried console has no module that is loaded later", async () => {
  const code = await Deno.readTextFile(
    new URL("../../_console/mod.js", import.meta.url),
  );
  assertMatch(code, /createConsole/);
  assertEquals(code.match(/\bimport\(/g), null);
  // How esbuild runs a module at its first use.
  assertEquals(code.match(/=>\(\)=>\((\w+)&&\((\w+)=\1\(\1=0\)\),\2\)/g), null);
});
