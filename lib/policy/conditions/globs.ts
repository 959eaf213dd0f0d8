import { compileGlob, type Glob } from "../glob.ts";
import { type ReadValue, wrong } from "./choice.ts";

const MAX_GLOB = 512;

/** Reads a pattern. */
export const readGlob: ReadValue<string> = (node) => {
  if (node.kind !== "string") return wrong("a text", node);
  if (node.value.length > MAX_GLOB) {
    return { expected: `at most ${MAX_GLOB} characters` };
  }
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f]/.test(node.value)
    ? wrong("a text without control characters", node)
    : node.value;
};

/** Reads a pattern that is compared in lower case. */
export const readLowerGlob: ReadValue<string> = (node) => {
  const glob = readGlob(node);
  return typeof glob === "string" ? glob.toLowerCase() : glob;
};

/** Whether a text matches one of the patterns. */
export function anyGlob(patterns: readonly string[]): Glob {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const globs = patterns.filter((pattern) => pattern.includes("*"))
    .map(compileGlob);
  if (exact.size === 0 && globs.length === 1) return globs[0]!;
  return function matchesAny(text) {
    if (exact.has(text)) return true;
    for (let i = 0; i < globs.length; i++) if (globs[i]!(text)) return true;
    return false;
  };
}
