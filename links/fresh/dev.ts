/** Building and developing an app. */
export { type ApplyBuild, Builder } from "./src/build/builder.ts";
export type { BuilderOptions } from "./src/build/options.ts";
