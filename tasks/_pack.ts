/**
 * The npm tarball: the library as JavaScript, for Deno. It does not contain the program, whose
 * parts are loaded by computed names that no packer finds.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { copyPackage } from "./_package.ts";

/**
 * Their databases would be dependencies of every user; they are available in the package from JSR.
 */
const ON_JSR_ONLY = new Set(["./dbip", "./asn"]);

/**
 * Writes the tarball of a checkout whose console is built; returns the output of `deno pack` as
 * well.
 */
export async function packForNpm(
  root: URL,
  file: string,
  version?: string,
): Promise<{ success: boolean; said: string }> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_npm_" });
  try {
    const config = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", root)),
    );
    const exports = Object.fromEntries(
      Object.entries<string>(config.exports)
        .filter(([name]) => !ON_JSR_ONLY.has(name)),
    );
    // npm could not install packages that only JSR has; only the program uses them.
    const imports = Object.fromEntries(
      Object.entries<string>(config.imports)
        .filter(([, to]) => to.startsWith("npm:")),
    );
    await copyPackage(root, folder, {
      exports,
      imports,
      version: version ?? config.version,
    });
    await removeUnreached(folder, Object.values(exports));
    const { success, stdout, stderr } = await deno(folder, [
      "pack",
      "--allow-dirty",
      "--no-source-maps",
      "--output",
      file,
    ]);
    const text = new TextDecoder();
    return { success, said: text.decode(stdout) + text.decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** TypeScript that nothing imports would be packed unchanged. */
async function removeUnreached(
  folder: string,
  entries: string[],
): Promise<void> {
  const reached = new Set<string>();
  for (const entry of entries) {
    const { stdout } = await deno(folder, ["info", "--json", entry]);
    const { modules } = JSON.parse(new TextDecoder().decode(stdout));
    for (const { specifier } of modules) reached.add(specifier);
  }
  async function clean(path: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      const inside = `${path}/${name}`;
      if (isDirectory) await clean(inside);
      else if (
        name.endsWith(".ts") && !reached.has(pathToFileURL(inside).href)
      ) {
        await Deno.remove(inside);
      }
    }
  }
  await clean(await Deno.realPath(folder));
}

function deno(cwd: string, args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
}
