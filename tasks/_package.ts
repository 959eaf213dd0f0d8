/**
 * The published package: without the stand-ins that a checkout links, so that its imports are the
 * registry's, and no larger than necessary.
 *
 * @module
 */
import { parse } from "@babel/parser";

/** Files that are only used in a checkout. */
const LEFT_OUT = [
  "deploy",
  "exclude",
  "links",
  "lint",
  "publish",
  "tasks",
  "test",
];

/** Modules whose types and symbols editors show to users of the package. */
const DOCUMENTED =
  /^(?!lib\/|tasks\/)|^lib\/(?:(?:app|geo|guard|limits|lists|net|policy|settings)\/|http\/request_view|log\/request_record)/;
/** Comments that have an effect, or must be kept. */
const KEPT = /@ts-|@deno-types|copyright|licen[cs]e/i;

/** The `publish` section of a package. */
interface Publish {
  include: string[];
  exclude: string[];
}

/** Copies the published files into an existing folder; the console must be built. */
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
 * TypeScript without the comments on lines of their own. Code stays on its line, so that stack
 * traces match the repository.
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
