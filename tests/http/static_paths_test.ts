import { assertEquals } from "@std/assert";
import { listStaticPaths } from "../../lib/http/static_paths.ts";

Deno.test("listStaticPaths() lists a folder's files as they are asked for, but not what crawlers ask for", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/icons`);
    for (
      const name of [
        "styles.css",
        "icons/a b.svg",
        "robots.txt",
        "favicon.ico",
        "icons/robots.txt",
      ]
    ) await Deno.writeTextFile(`${folder}/${name}`, "");
    const paths = await listStaticPaths(new URL(`file://${folder}/`));
    assertEquals([...paths].toSorted(), [
      "/icons/a%20b.svg",
      "/icons/robots.txt",
      "/styles.css",
    ]);
    const none = await listStaticPaths(new URL(`file://${folder}/none/`));
    assertEquals(none.size, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
