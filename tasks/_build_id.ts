import { createHash } from "node:crypto";

/** The sources of a build. */
export const SOURCES = [
  "deno.json",
  "deno.lock",
  "app.ts",
  "utils.ts",
  "middlewares/",
  "routes/",
  "islands/",
  "components/",
  "lib/",
  "links/fresh/",
  "static/",
];

/**
 * Upstream's builder takes its id from the first of these variables that is set, otherwise a random
 * one.
 */
const NAMED_BY = ["DENO_DEPLOYMENT_ID", "GITHUB_SHA", "CI_COMMIT_SHA"];

/**
 * Names the build by a hash of its sources, so that replicas with separate builds can serve each
 * other's pages. Call it before importing the builder.
 */
export async function nameBuild(root: URL): Promise<void> {
  if (NAMED_BY.some((name) => Deno.env.get(name))) return;
  Deno.env.set("CI_COMMIT_SHA", await hashOf(root));
}

/** A hash of names and contents. */
export async function hashOf(root: URL): Promise<string> {
  const hash = createHash("sha1");
  for (const name of SOURCES) {
    for await (const file of filesBelow(new URL(name, root))) {
      const content = await Deno.readFile(file);
      const path = file.pathname.slice(root.pathname.length);
      hash.update(`${path}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex");
}

/** A file, or all files in a folder, in the same order everywhere; none if it does not exist. */
async function* filesBelow(url: URL): AsyncGenerator<URL> {
  if (!url.pathname.endsWith("/")) {
    try {
      if ((await Deno.stat(url)).isFile) yield url;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return;
  }
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(url)) entries.push(entry);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isFile } of entries) {
    const inside = encodeURIComponent(name);
    if (isDirectory) yield* filesBelow(new URL(`${inside}/`, url));
    else if (isFile) yield new URL(inside, url);
  }
}
