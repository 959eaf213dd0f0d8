import { assert, assertEquals } from "@std/assert";
import { squeezedCss } from "../../lib/http/squeezed_css.ts";

Deno.test("squeezedCss() drops comments and indentation, and nothing else", () => {
  const squeezed: [css: string, expected: string][] = [
    ["", ""],
    ["/* a */", ""],
    ["/* a **/ b { c: d }", "b{c: d}"],
    ["a{b:c}/* } */d{e:f}", "a{b:c}d{e:f}"],
    [
      '.x :is(td, th):first-child > a {\n  content: " ";\n  margin: 0 1px;\n}\n',
      '.x :is(td, th):first-child > a{content: " ";margin: 0 1px}',
    ],
    [
      "@media (max-width: 40rem) {\n  a {\n    b: calc(1px + 2px);\n  }\n}\n",
      "@media (max-width: 40rem){a{b: calc(1px + 2px)}}",
    ],
    ["a {\n  b: url(https://x/y);\n}", "a{b: url(https://x/y)}"],
  ];
  for (const [css, expected] of squeezed) {
    assertEquals(squeezedCss(css), expected);
  }
});

Deno.test("squeezedCss() leaves our own files with the same rules and values", async () => {
  for (const name of ["styles", "console"]) {
    const css = await Deno.readTextFile(
      new URL(`../../static/${name}.css`, import.meta.url),
    );
    const plain = (text: string) =>
      text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/[\s;]/g, "");
    const squeezed = squeezedCss(css);
    assertEquals(plain(squeezed), plain(css));
    assert(squeezed.length < css.length * 0.85, name);
    // Its assumption about strings.
    for (const [text] of squeezed.matchAll(/"[^"]*"/g)) {
      assert(!/[{};]|\/\*| {2}/.test(text), text);
    }
  }
});
