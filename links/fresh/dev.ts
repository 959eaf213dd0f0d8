/** Building and developing an app. */
export { Builder, type MemoryBuild } from "./src/build/builder.ts";
export type { BuilderOptions } from "./src/build/options.ts";
