import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuilderOptions } from "./options.ts";

/** The browser's code. */
export interface Bundle {
  /** Contents by file name, relative to the folder they are served from. */
  files: Map<string, Uint8Array>;
  /** File name of the client's start module. */
  client: string;
  /** File name by absolute path of the island module. */
  islands: Map<string, string>;
}

const CLIENT_ENTRY = new URL("../client/mod.ts", import.meta.url);

/**
 * Bundles the client and all islands at once: shared code (preact, signals) goes into chunks of its
 * own and is loaded once per page.
 */
export async function bundleClient(
  islands: string[],
  options: { minify: boolean; sourceMap?: BuilderOptions["sourceMap"] },
): Promise<Bundle> {
  const outputDir = "/fresh-bundle";
  const client = await clientEntry();
  try {
    const entrypoints = [client.path, ...islands];
    const kind = options.sourceMap?.kind;
    const result = await Deno.bundle({
      entrypoints,
      platform: "browser",
      codeSplitting: true,
      minify: options.minify,
      outputDir,
      write: false,
      sourcemap: kind === true ? "linked" : kind || undefined,
    });
    if (!result.success) {
      throw new Error(
        "Cannot bundle islands: " + result.errors.map(describe).join("; "),
      );
    }

    const files = new Map<string, Uint8Array>();
    for (const file of result.outputFiles ?? []) {
      files.set(relative(outputDir, file.path), file.contents!);
    }
    const base = commonFolder(entrypoints);
    const nameOf = (entry: string) => {
      const name = relative(base, entry).replace(/\.[jt]sx?$/, ".js");
      if (!files.has(name)) {
        throw new Error(`Cannot bundle ${entry}: expected ${name} to come out`);
      }
      return name;
    };
    return {
      files,
      client: nameOf(client.path),
      islands: new Map(islands.map((path) => [path, nameOf(path)])),
    };
  } finally {
    await client.remove();
  }
}

/** The client's module as a file, as Deno.bundle requires. */
async function clientEntry() {
  if (CLIENT_ENTRY.protocol === "file:") {
    return { path: fileURLToPath(CLIENT_ENTRY), remove: async () => {} };
  }
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(path, `export * from "${CLIENT_ENTRY.href}";`);
  return { path, remove: () => Deno.remove(path) };
}

function commonFolder(paths: string[]): string {
  let folder = dirname(paths[0]!);
  while (!paths.every((path) => path.startsWith(folder + "/"))) {
    folder = dirname(folder);
    if (folder === "/") return folder;
  }
  return folder;
}

function describe({ text, location }: Deno.bundle.Message): string {
  return location ? `${text} (${location.file}:${location.line})` : text;
}
