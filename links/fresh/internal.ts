/** The imports of generated build files. */
export { setBuildCache } from "./src/app.ts";
export { ProdBuildCache, type Snapshot } from "./src/build/prod_build_cache.ts";
export { IslandPreparer } from "./src/build/island_preparer.ts";
export { default as path } from "node:path";
