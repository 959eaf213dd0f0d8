/**
 * The console in the package: one module with the pages, Fresh and Preact, and the files for
 * browsers. Importing it needs no build and no Fresh.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type PackedFile, packFile } from "../lib/app/packed_files.ts";

/** Modules of lib are imported, not copied: a process must have only one of each. */
const OURS = [0, 1, 2, 3, 4, 5].map((depth) =>
  `${depth === 0 ? "./" : "../".repeat(depth)}lib/*`
);

/** Builds `_console/` from `_fresh/`. */
export async function buildConsole(root: URL): Promise<void> {
  const folder = new URL("_console/", root);
  await Deno.mkdir(folder, { recursive: true });
  const entry = new URL("_fresh/_console.ts", root);
  const snapshot = new URL("_fresh/_snapshot.js", root);
  await Deno.writeTextFile(snapshot, await eagerSnapshot(root));
  await Deno.writeTextFile(entry, await entryCode(root));
  const { success, errors, outputFiles } = await Deno.bundle({
    entrypoints: [fileURLToPath(entry)],
    platform: "deno",
    minify: true,
    external: OURS,
    outputDir: fileURLToPath(folder),
    write: false,
  });
  await Deno.remove(entry);
  await Deno.remove(snapshot);
  const [bundle] = outputFiles ?? [];
  if (!success || bundle === undefined) {
    throw new Error(
      `Cannot bundle the console: ${errors.map(({ text }) => text).join("; ")}`,
    );
  }
  const code = new TextDecoder().decode(bundle.contents!)
    .replace(/(["'])(?:\.\.?\/)+lib\//g, "$1../lib/");
  await Deno.writeTextFile(
    new URL("mod.js", folder),
    `// @ts-self-types="./mod.d.ts"\n${code}`,
  );
  await Deno.writeTextFile(new URL("mod.d.ts", folder), TYPES);
}

const TYPES = `import type { ConsoleModule } from "../lib/app/portcullis.ts";
/** The whole app. */
export declare const createServer: ConsoleModule["createServer"];
/** The pages. */
export declare const createConsole: ConsoleModule["createConsole"];
/** Paths that pages load by themselves. */
export declare const staticPaths: ConsoleModule["staticPaths"];
`;
/**
 * Fresh's list of routes without `import()`. In a single bundle, lazy loading has no use; but the
 * bundler wraps the imported modules, Fresh's modules have circular imports and upstream's await
 * the build's id at the top level: the wrappers would then wait for each other for ever.
 */
async function eagerSnapshot(root: URL): Promise<string> {
  const lazy = await Deno.readTextFile(new URL("_fresh/snapshot.js", root));
  const imports: string[] = [];
  const code = lazy.replace(
    /\(\) => import\(("[^"]+")\)/g,
    (_, specifier: string) => {
      const name = `page_${imports.length}`;
      imports.push(`import * as ${name} from ${specifier};`);
      return name;
    },
  );
  if (imports.length === 0 || code.includes("import(")) {
    throw new Error(
      "Cannot read _fresh/snapshot.js: expected routes as () => import()",
    );
  }
  return [...imports, code].join("\n");
}

/**
 * The code of `_fresh/server.js`, for any number of instances and without a folder to read from.
 */
async function entryCode(root: URL): Promise<string> {
  const server = await Deno.readTextFile(new URL("_fresh/server.js", root));
  const build = /setBuildCache\(\s*app,\s*([\s\S]+?),\s*"production",?\s*\)/
    .exec(server)?.[1];
  if (build === undefined) {
    throw new Error("Cannot read _fresh/server.js: expected setBuildCache()");
  }
  // Style sheets are in both; the build's contain its id.
  const files = [
    ...new Map([
      ...await packed(new URL("static/", root)),
      ...await packed(new URL("_fresh/static/", root)),
    ]),
  ];
  const before = server.slice(0, server.indexOf("setBuildCache(app"))
    .replace(/import \{ app \} from [^;\n]+;?/, "")
    .replace("./snapshot.js", "./_snapshot.js")
    .replaceAll("import.meta.dirname", '"/"');
  return `// deno-lint-ignore-file
// @ts-nocheck
import { createApp, createConsole as createPages } from "../app.ts";
${before}
const files = ${JSON.stringify(files)};
export const staticPaths = new Set(files.map(([path]) => path)
  .filter((path) => path !== "/favicon.ico" && path !== "/robots.txt"));
function built(app) {
  setBuildCache(app, ${build}, "production");
  return app.handler();
}
export const createServer = (services) => built(createApp(services, files));
export const createConsole = (services) => built(createPages(services, files));
`;
}

/** Every file in a folder, ordered by name, except those of editors and systems. */
async function packed(folder: URL): Promise<PackedFile[]> {
  const files: PackedFile[] = [];
  async function add(url: URL, prefix: string): Promise<void> {
    const entries = await Array.fromAsync(Deno.readDir(url));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory } of entries) {
      if (name.startsWith(".") && name !== ".well-known") continue;
      const inside = encodeURIComponent(name);
      if (isDirectory) {
        await add(new URL(`${inside}/`, url), `${prefix}/${name}`);
      } else if (name !== "metafile.json") {
        const bytes = await Deno.readFile(new URL(inside, url));
        files.push(packFile(`${prefix}/${name}`, bytes));
      }
    }
  }
  await add(folder, "");
  return files;
}
