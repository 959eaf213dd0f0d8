import { dirname, join, relative } from "node:path";
import type { Bundle } from "./bundle.ts";
import type { ProjectFiles } from "./crawl.ts";
import { sha256 } from "../hash.ts";
import type { BuildPaths } from "./options.ts";
import type { ListedFile } from "./prod_build_cache.ts";
import { versionedUrls } from "./versioned_urls.ts";

/**
 * Writes a production build: the bundle and the style sheets, `snapshot.js` with all modules and
 * files, `server.js` and `compiled-entry.js`. Other static files are read from their original
 * location.
 */
export async function writeBuild(
  paths: BuildPaths,
  files: ProjectFiles,
  bundle: Bundle,
  buildId: string,
): Promise<void> {
  const { outDir } = paths;
  await Deno.mkdir(outDir, { recursive: true });
  // Removes only build output: outDir may contain other files.
  await Deno.remove(join(outDir, "static"), { recursive: true }).catch(
    (error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    },
  );
  const listed: ListedFile[] = [];
  const list = async (path: string, content: Uint8Array, file: string) => {
    const where = relative(outDir, file).replaceAll("\\", "/");
    listed.push([path, content.byteLength, await sha256(content), where]);
  };
  const add = async (path: string, content: Uint8Array) => {
    const target = join(outDir, "static", path);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeFile(target, content);
    await list(path, content, target);
  };
  for (const path of files.statics) {
    const file = join(paths.staticDir, path);
    const content = await Deno.readFile(file);
    if (path.endsWith(".css")) {
      await add("/" + path, versionedUrls(content, buildId));
    } else await list("/" + path, content, file);
  }
  for (const [name, content] of bundle.files) {
    await add(`/_fresh/js/${buildId}/${name}`, content);
  }
  const write = (name: string, code: string) =>
    Deno.writeTextFile(join(outDir, name), code);
  await write(
    "snapshot.js",
    snapshotCode(paths, files, bundle, {
      buildId,
      files: listed,
    }),
  );
  await write("server.js", serverCode(paths));
  await write("compiled-entry.js", ENTRY_CODE);
}

function snapshotCode(
  paths: BuildPaths,
  files: ProjectFiles,
  bundle: Bundle,
  built: { buildId: string; files: ListedFile[] },
): string {
  const url = (name: string) => `/_fresh/js/${built.buildId}/${name}`;
  const from = (path: string) => JSON.stringify(importPath(paths.outDir, path));
  const imports: string[] = [];
  const routes = files.routes.map((path, i) => {
    const specifier = from(join(paths.routeDir, path));
    const isLazy = files.lazy.has(path);
    if (!isLazy) imports.push(`import * as route${i} from ${specifier};`);
    const module = isLazy ? `() => import(${specifier})` : `route${i}`;
    return `  { path: ${JSON.stringify(path)}, module: ${module} },\n`;
  });
  const islands = files.islands.map((path, i) => {
    imports.push(`import * as island${i} from ${from(path)};`);
    const file = JSON.stringify(relative(paths.root, path));
    const address = JSON.stringify(url(bundle.islands.get(path)!));
    return `  { file: ${file}, url: ${address}, module: island${i} },\n`;
  });
  return `${imports.join("\n")}

export const buildId = ${JSON.stringify(built.buildId)};
export const clientUrl = ${JSON.stringify(url(bundle.client))};
export const routes = [\n${routes.join("")}];
export const islands = [\n${islands.join("")}];
export const files = ${JSON.stringify(built.files, null, 1)};
`;
}

function serverCode(paths: BuildPaths): string {
  const root = JSON.stringify(importPath(paths.outDir, paths.root));
  const entry = JSON.stringify(importPath(paths.outDir, paths.serverEntry));
  return `import { path, ProdBuildCache, setBuildCache } from "fresh/internal";
import { app } from ${entry};
import * as snapshot from "./snapshot.js";

const folder = import.meta.dirname;
const root = path.resolve(folder, ${root});
setBuildCache(app, new ProdBuildCache(root, folder, snapshot), "production");

export default { fetch: app.handler() };
`;
}

const ENTRY_CODE = `import server from "./server.js";

Deno.serve({
  hostname: Deno.env.get("HOST"),
  port: Number(Deno.env.get("PORT") ?? 8000),
}, server.fetch);
`;

function importPath(from: string, to: string): string {
  const path = relative(from, to).replaceAll("\\", "/");
  return path.startsWith(".") ? path : "./" + path;
}
