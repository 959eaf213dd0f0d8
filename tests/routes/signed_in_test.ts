import { assertEquals } from "@std/assert";

const ROUTES = new URL("../../routes/", import.meta.url);

async function* filesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(encodeURIComponent(name), folder);
    if (isDirectory) yield* filesIn(new URL(`${url.href}/`));
    else if (/\.tsx?$/.test(name)) yield url;
  }
}

/** Whether a folder, or one of its parents, requires a login. */
async function isGated(folder: URL): Promise<boolean> {
  const file = new URL("_middleware.ts", folder);
  const text = await Deno.readTextFile(file).catch(() => "");
  if (/\brequireRole\(/.test(text)) return true;
  return folder.href !== ROUTES.href && await isGated(new URL("..", folder));
}

Deno.test("Routes take the user as signed in exactly where requireRole stands before them", async () => {
  const wrong: string[] = [];
  for await (const file of filesIn(ROUTES)) {
    const [, from] = /from "(?:\.\.\/)+(utils|signed_in)\.ts"/.exec(
      await Deno.readTextFile(file),
    ) ?? [];
    if (from === undefined || file.pathname.endsWith("/_middleware.ts")) {
      continue;
    }
    const gated = await isGated(new URL(".", file));
    if (gated !== (from === "signed_in")) {
      const path = decodeURIComponent(file.href.slice(ROUTES.href.length));
      wrong.push(`routes/${path} imports ${from}.ts`);
    }
  }
  assertEquals(wrong, []);
});
