import { assertEquals, assertMatch } from "@std/assert";

/**
 * The path in a file URL is not valid on Windows (`/C:/Users/…`), and has `%20` for a space
 * everywhere: names come from `fileURLToPath`, or the URL is passed on.
 */
const PATH_OF_FILE =
  /\bimport\.meta\.url\)\.pathname|\b(?:root|folder|entry)\.pathname(?!\.(?:length|endsWith))|, root\)\.pathname|`file:\/\//;

Deno.test("PATH_OF_FILE finds what it is there to find", () => {
  for (
    const code of [
      'new URL("../", import.meta.url).pathname',
      "decodeURIComponent(root.pathname)",
      'new URL("_fresh", root).pathname',
      "new URL(name, `file://${Deno.cwd()}/`)",
    ]
  ) assertMatch(code, PATH_OF_FILE);
});

Deno.test("No module takes the path of a file out of its URL by itself", async () => {
  const found: string[] = [];
  async function look(folder: string): Promise<void> {
    const url = new URL(`../../${folder}`, import.meta.url);
    for await (const { name, isDirectory } of Deno.readDir(url)) {
      if (isDirectory) await look(`${folder}${name}/`);
      else if (/\.tsx?$/.test(name)) {
        const code = await Deno.readTextFile(new URL(name, url));
        if (PATH_OF_FILE.test(code)) found.push(folder + name);
      }
    }
  }
  for (const folder of ["lib/", "tasks/", "bench/", "middlewares/"]) {
    await look(folder);
  }
  assertEquals(found, []);
});
