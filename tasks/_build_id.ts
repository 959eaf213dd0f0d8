import { createHash } from "node:crypto";

/** What a build is made of. */
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

/** Upstream's builder takes its id from the first of these that is set, and else makes one up. */
const NAMED_BY = ["DENO_DEPLOYMENT_ID", "GITHUB_SHA", "CI_COMMIT_SHA"];

/**
 * Names the build after what it is made of, so that replicas which each build for themselves serve
 * each other's pages. To be called before the builder is imported.
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

/** A file, or all below a folder, in an order that is the same everywhere; none where there is none. */
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
