/**
 * The URL of a module beside the one at `from`, not detectable by tools that scan `import()` and
 * `new URL()` for dependencies: TypeScript in the repository, JavaScript in an npm package.
 */
export function siblingModule(name: string, from: string): URL {
  const extension = from.endsWith(".ts") ? "ts" : "js";
  return new URL([`./${name}`, extension].join("."), from);
}
