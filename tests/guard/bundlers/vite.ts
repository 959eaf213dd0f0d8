/**
 * Builds `app.ts` in a folder for a server, as `vite build --ssr app.ts` does. Vite is pinned here, in
 * a deno.json of its own: who runs or deploys Portcullis does not download it.
 *
 * @module
 */
import { build } from "vite";

const [root, alias] = Deno.args as [string, string];
await build({
  root,
  configFile: false,
  logLevel: "warn",
  build: { ssr: "app.ts", minify: true, outDir: "out" },
  ssr: { noExternal: true, target: "node" },
  resolve: {
    alias: Object.entries(JSON.parse(alias) as Record<string, string>)
      .map(([name, replacement]) => ({
        // A name is not the folder of what begins with it.
        find: new RegExp(`^${RegExp.escape(name)}$`),
        replacement,
      })),
  },
});
