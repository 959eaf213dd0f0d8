/**
 * The package as it is published: without the stand-ins that a checkout links, so that its imports
 * are the registry's.
 *
 * @module
 */

/** What only a checkout has a use for. */
const LEFT_OUT = ["links", "tasks", "test", "lint", "publish", "exclude"];

/** What stands in a package's `publish`. */
interface Publish {
  include: string[];
  exclude: string[];
}

/** Copies what is published into a folder that is there; the console has to be built. */
export async function copyPackage(
  root: URL,
  folder: string,
  change: Record<string, unknown> = {},
): Promise<void> {
  const text = await Deno.readTextFile(new URL("deno.json", root));
  const config = JSON.parse(text);
  const { include, exclude } = config.publish as Publish;
  const isOut = new Set(exclude);
  async function copy(name: string): Promise<void> {
    if (isOut.has(name)) return;
    const from = new URL(name, root);
    if (!(await Deno.stat(from)).isDirectory) {
      await Deno.copyFile(from, `${folder}/${name}`);
      return;
    }
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    for await (const entry of Deno.readDir(from)) {
      await copy(`${name}/${entry.name}`);
    }
  }
  for (const name of include) await copy(name);
  const kept = Object.entries(config)
    .filter(([key]) => !LEFT_OUT.includes(key));
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({ ...Object.fromEntries(kept), ...change }, null, 2),
  );
}
