/**
 * A style sheet without its comments and indentation, which are a fifth of its size even when
 * compressed. Only for our own files: no text in them contains a brace, a semicolon, a comment or
 * two blanks in a row.
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
