import { assertEquals } from "@std/assert";

/** The folders of `lib`, lowest first: a file imports from its own folder and from earlier ones. */
const LAYERS = [
  "base",
  "net",
  "http",
  "store",
  "privacy",
  "geo",
  "bots",
  "signals",
  "limits",
  "settings",
  "lists",
  "log",
  "policy",
  "guard",
  "accounts",
  "detection",
  "alerts",
  "import",
  "feeds",
  "backup",
  "retention",
  "erasure",
  "proxy",
  "map",
  "doctor",
  "console",
  "app",
];

const ROOT = new URL("../", import.meta.url);
const IMPORT =
  /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+|\bnew URL\(\s*)"(\.{1,2}\/[^"]+)"/gm;

async function* sourcesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourcesIn(new URL(`${name}/`, folder));
    else if (/\.tsx?$/.test(name)) yield new URL(name, folder);
  }
}

/** A file's path relative to the project's root. */
const pathOf = (url: URL) => url.href.slice(ROOT.href.length);

async function importsOf(file: URL): Promise<string[]> {
  const text = await Deno.readTextFile(file);
  // Examples in comments import, too.
  const code = text.replaceAll(/^ *(\*|\/\/|\/\*).*$/gm, "");
  return [...code.matchAll(IMPORT)].map(([, to]) => pathOf(new URL(to!, file)));
}

/** The index of a path's layer; none for folders outside of `lib`. */
function layerOf(path: string): number | null {
  const [top, layer] = path.split("/");
  if (top !== "lib") return null;
  const at = LAYERS.indexOf(layer!);
  if (at < 0) throw new Error(`${path} lies in no layer: add it to LAYERS`);
  return at;
}

Deno.test("Nothing in lib imports from a layer above its own, types included", async () => {
  const upwards: string[] = [];
  for await (const file of sourcesIn(new URL("lib/", ROOT))) {
    const from = pathOf(file);
    for (const to of await importsOf(file)) {
      const target = layerOf(to);
      if (target === null) upwards.push(`${from} imports ${to}, outside lib`);
      else if (target > layerOf(from)!) upwards.push(`${from} imports ${to}`);
    }
  }
  assertEquals(upwards, []);
});

Deno.test("The guard, with all that it imports, leaves accounts, console and app alone", async () => {
  const seen = new Map<string, string>([["lib/guard/mod.ts", ""]]);
  for (const path of seen.keys()) {
    for (const to of await importsOf(new URL(path, ROOT))) {
      if (!seen.has(to) && /\.tsx?$/.test(to)) seen.set(to, path);
    }
  }
  const above = [...seen].filter(([path]) =>
    layerOf(path)! > LAYERS.indexOf("guard")
  ).map(([path, from]) => `${path}, by ${from}`);
  assertEquals(above, []);
});

Deno.test("lib imports nothing of Fresh but types", async () => {
  const users: string[] = [];
  for await (const file of sourcesIn(new URL("lib/", ROOT))) {
    const text = await Deno.readTextFile(file);
    if (/^import (?!type\b)[^;]*from "fresh/m.test(text)) {
      users.push(pathOf(file));
    }
  }
  assertEquals(users, []);
});
