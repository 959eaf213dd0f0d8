/**
 * Where a module beside the one at `from` lies, without the reach of what reads `import()` and
 * `new URL()` to see what is needed: TypeScript as it is published, JavaScript in an npm package.
 */
export function siblingModule(name: string, from: string): URL {
  const extension = from.endsWith(".ts") ? "ts" : "js";
  return new URL([`./${name}`, extension].join("."), from);
}
