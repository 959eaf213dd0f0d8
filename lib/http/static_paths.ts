/**
 * Clients such as crawlers request these on their own, not because of our pages: that belongs in
 * the log.
 */
const ASKED_FOR_BY_NAME = new Set(["/robots.txt", "/favicon.ico"]);

/**
 * The paths of a folder's files that our own pages load, which the request log leaves out; empty if
 * the folder does not exist.
 */
export async function listStaticPaths(
  folder: URL,
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  async function add(url: URL, prefix: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(url)) {
      const path = `${prefix}/${encodeURIComponent(name)}`;
      if (isDirectory) {
        await add(new URL(`${encodeURIComponent(name)}/`, url), path);
      } else if (!ASKED_FOR_BY_NAME.has(path)) paths.add(path);
    }
  }
  try {
    await add(folder, "");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths;
}
