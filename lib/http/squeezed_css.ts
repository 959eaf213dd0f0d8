/**
 * A style sheet without its comments and indentation, which weigh a fifth of it even when compressed.
 * For our own files: no text in them has a brace, a semicolon, a comment or two blanks in a row.
 *
 * @example
 * ```ts
 * import { squeezedCss } from "./squeezed_css.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(squeezedCss("a {\n  color: red;\n}\n"), "a{color: red}");
 * ```
 */
export function squeezedCss(text: string): string {
  return text
    .replaceAll(/\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([{};]) ?/g, "$1")
    .replaceAll(";}", "}")
    .trim();
}
