/** The paths under which the files of a folder are served; none where there is no such folder. */
export async function listStaticPaths(
  folder: URL,
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  async function add(url: URL, prefix: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(url)) {
      const path = `${prefix}/${encodeURIComponent(name)}`;
      if (isDirectory) {
        await add(new URL(`${encodeURIComponent(name)}/`, url), path);
      } else paths.add(path);
    }
  }
  try {
    await add(folder, "");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths;
}
