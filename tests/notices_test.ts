import { assert } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
/** The sources of the built console, besides lib, which imports its packages itself. */
const BUNDLED = [
  "app.ts",
  "utils.ts",
  "routes/",
  "components/",
  "islands/",
  "middlewares/",
  "links/fresh/src/",
];

async function* sources(url: URL): AsyncGenerator<string> {
  if (!url.pathname.endsWith("/")) {
    yield await Deno.readTextFile(url);
    return;
  }
  for await (const { name, isDirectory } of Deno.readDir(url)) {
    if (isDirectory || /\.tsx?$/.test(name)) {
      const inside = encodeURIComponent(name) + (isDirectory ? "/" : "");
      yield* sources(new URL(inside, url));
    }
  }
}

/** The npm packages whose code is bundled, including their dependencies. */
async function bundledPackages(): Promise<Set<string>> {
  const { npm } = JSON.parse(
    await Deno.readTextFile(new URL("deno.lock", ROOT)),
  ) as { npm: Record<string, { dependencies?: string[] }> };
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  ) as { imports: Record<string, string> };
  const found = new Set<string>();
  function add(name: string): void {
    if (found.has(name)) return;
    const id = Object.keys(npm).find((id) => id.startsWith(`${name}@`));
    if (id === undefined) return;
    found.add(name);
    for (const each of npm[id]!.dependencies ?? []) {
      add(each.replace(/(?<=.)@.*/, ""));
    }
  }
  for (const path of BUNDLED) {
    for await (const text of sources(new URL(path, ROOT))) {
      const named = text.matchAll(
        /^(?:import|export) (?!type )[^;]*?from "((?:@[\w-]+\/)?[\w-]+)/gm,
      );
      for (const [, name] of named) {
        if (imports[name!]?.startsWith("npm:")) add(name!);
      }
    }
  }
  return found;
}

Deno.test("THIRD-PARTY-NOTICES.md names every package whose code is carried, and every data file", async () => {
  const notices = await Deno.readTextFile(
    new URL("THIRD-PARTY-NOTICES.md", ROOT),
  );
  const packages = await bundledPackages();
  assert(packages.has("preact") && packages.has("@preact/signals-core"));
  for (const name of packages) {
    assert(notices.includes(`\`${name}\``), name);
  }
  // A data file with a licence of its own names it in its header.
  for await (const text of dataFiles(new URL("lib/", ROOT))) {
    const [, source] = /(@[\w-]+\/[\w-]+|crawler-user-agents)/.exec(
      text.slice(0, 600),
    ) ?? [];
    if (source) assert(notices.includes(source), source);
  }
});

async function* dataFiles(url: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(url)) {
    if (isDirectory) yield* dataFiles(new URL(`${name}/`, url));
    else if (name.endsWith(".json")) {
      yield await Deno.readTextFile(new URL(name, url));
    }
  }
}
