/**
 * Builds `app.ts` in a folder for a server, like `vite build --ssr app.ts`. Vite is pinned here, in
 * a deno.json of its own: users and deployments of Portcullis do not download it.
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
        // A name is not the parent folder of names with the same prefix.
        find: new RegExp(`^${RegExp.escape(name)}$`),
        replacement,
      })),
  },
});
