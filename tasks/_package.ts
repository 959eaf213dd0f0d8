/**
 * The package as it is published: without the stand-ins that a checkout links, so that its imports
 * are the registry's, and no larger than it need be.
 *
 * @module
 */
import { parse } from "@babel/parser";

/** What only a checkout has a use for. */
const LEFT_OUT = [
  "deploy",
  "exclude",
  "links",
  "lint",
  "publish",
  "tasks",
  "test",
];

/** Modules whose types and symbols editors show to who imports the package. */
const DOCUMENTED =
  /^(?!lib\/|tasks\/)|^lib\/(?:(?:app|geo|guard|limits|lists|net|policy|settings)\/|http\/request_view|log\/request_record)/;
/** Comments that do something, or have to stay. */
const KEPT = /@ts-|@deno-types|copyright|licen[cs]e/i;

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
    const to = `${folder}/${name}`;
    if ((await Deno.stat(from)).isDirectory) {
      await Deno.mkdir(to, { recursive: true });
      for await (const entry of Deno.readDir(from)) {
        await copy(`${name}/${entry.name}`);
      }
    } else if (name.endsWith(".json")) {
      const data = JSON.parse(await Deno.readTextFile(from));
      await Deno.writeTextFile(to, JSON.stringify(data));
    } else if (name.endsWith(".ts") && !DOCUMENTED.test(name)) {
      await Deno.writeTextFile(
        to,
        withoutComments(await Deno.readTextFile(from)),
      );
    } else await Deno.copyFile(from, to);
  }
  for (const name of include) await copy(name);
  const kept = Object.entries(config)
    .filter(([key]) => !LEFT_OUT.includes(key));
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({ ...Object.fromEntries(kept), ...change }, null, 2),
  );
}

/**
 * TypeScript without the comments that have lines of their own. Code stays on the line that it was
 * on, so that a stack trace names the line of the repository.
 */
export function withoutComments(source: string): string {
  const { comments } = parse(source, {
    sourceType: "module",
    plugins: ["typescript", "importAttributes"],
  });
  let bare = "";
  let end = 0;
  for (const comment of comments ?? []) {
    const start = source.lastIndexOf("\n", comment.start! - 1) + 1;
    const after = source.indexOf("\n", comment.end!);
    const isAlone = source.slice(start, comment.start!).trim() === "" &&
      source.slice(comment.end!, after < 0 ? undefined : after).trim() === "";
    if (!isAlone || KEPT.test(comment.value)) continue;
    bare += source.slice(end, start) + comment.value.replace(/[^\n]+/g, "");
    end = comment.end!;
  }
  return bare + source.slice(end);
}
