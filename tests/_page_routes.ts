const ROUTES = new URL("../routes/", import.meta.url);

/** The patterns of pages that none of the given paths matches. */
export async function pagesWithout(
  paths: Iterable<string>,
): Promise<string[]> {
  const urls = [...paths].map((path) => new URL(path, "http://localhost"));
  return (await pagesIn(ROUTES)).filter((page) => {
    const pattern = new URLPattern({ pathname: page });
    return !urls.some((url) => pattern.test(url));
  });
}

/** The patterns of all pages, by their files. */
async function pagesIn(folder: URL, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      const part = name.startsWith("(") ? prefix : `${prefix}/${name}`;
      found.push(...await pagesIn(new URL(`${name}/`, folder), part));
    } else if (name.endsWith(".tsx") && !name.startsWith("_")) {
      const part = name.replace(/(?:^index)?\.tsx$/, "");
      found.push(
        (part ? `${prefix}/${part}` : prefix || "/")
          .replace(/\[\.\.\.(\w+)\]/, ":$1+")
          .replace(/\[(\w+)\]/, ":$1"),
      );
    }
  }
  return found;
}
