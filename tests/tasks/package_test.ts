import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { copyPackage, withoutComments } from "../../tasks/_package.ts";

const ROOT = new URL("../../", import.meta.url);

const CASES: [what: string, source: string, bare: string][] = [
  ["a line goes", "// why\nf();\n", "\nf();\n"],
  ["a block goes, line by line", "/**\n * What.\n */\nf();\n", "\n\n\nf();\n"],
  ["an indented one goes", "{\n  // why\n  f();\n}\n", "{\n\n  f();\n}\n"],
  ["what ends a line of code stays", "f(); // why\n", "f(); // why\n"],
  ["what is inside one stays", "f(/* none */ 1);\n", "f(/* none */ 1);\n"],
  [
    "a text is none",
    "f(`\n// why\n/* x */\n`);\n",
    "f(`\n// why\n/* x */\n`);\n",
  ],
  ["a RegExp is none", "f(/[/*]x/, '// y');\n", "f(/[/*]x/, '// y');\n"],
  [
    "what does something stays",
    "// @ts-nocheck\nf();\n",
    "// @ts-nocheck\nf();\n",
  ],
  ["a notice stays", "/* Copyright X */\nf();\n", "/* Copyright X */\nf();\n"],
  ["a block beside code stays", "/* a */ f();\n", "/* a */ f();\n"],
  ["the last line goes", "f();\n// end", "f();\n"],
];
for (const [what, source, bare] of CASES) {
  Deno.test(`withoutComments(): ${what}`, () => {
    assertEquals(withoutComments(source), bare);
  });
}

Deno.test("copyPackage() keeps lines and code, comments where editors show them, and no file of a checkout", async () => {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_package_" });
  try {
    await copyPackage(ROOT, folder);
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    const ours = (name: string) => Deno.readTextFile(new URL(name, ROOT));
    for (const name of ["lib/detection/job.ts", "tasks/start.ts"]) {
      const [copy, source] = [await read(name), await ours(name)];
      assertEquals(copy.split("\n").length, source.split("\n").length);
      assert(copy.length < source.length);
      const code = (text: string) =>
        text.split("\n").map((line) => line.trim())
          .filter((line) => line !== "" && !/^(\/\*\*|\*|\/\/)/.test(line));
      assertEquals(code(copy), code(source));
    }
    for (const name of ["lib/guard/guard.ts", "mod.ts", "LICENSE"]) {
      assertEquals(await read(name), await ours(name));
    }
    const crawlers = "lib/bots/crawlers.json";
    assertEquals(
      JSON.parse(await read(crawlers)),
      JSON.parse(await ours(crawlers)),
    );
    const config = JSON.parse(await read("deno.json"));
    for (const left of ["links", "tasks", "deploy"]) assert(!(left in config));
    assertStringIncludes(JSON.stringify(config.exports), "./mod.ts");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
