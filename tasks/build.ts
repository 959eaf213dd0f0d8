/**
 * `deno task build`: creates `_fresh/`, the production build, and `_console/`, which is part of the
 * package.
 */
import { fileURLToPath } from "node:url";
import { hasOperators, packInto } from "../lib/geo/open_operators.ts";
import { packagedOperators } from "../lib/geo/packaged.ts";
import { buildConsole } from "./_console.ts";
import { nameBuild, SOURCES } from "./_build_id.ts";
import { parseTaskArgs } from "./_cli.ts";

const { "if-needed": ifNeeded } = parseTaskArgs({
  usage: "deno task build [--if-needed]",
  about:
    "Builds the islands and routes into _fresh/, which `deno task start` serves, and the console that\n" +
    "the package carries into _console/.",
  flags: {
    "if-needed": "do nothing if the build is newer than its sources",
  },
});

const root = new URL("../", import.meta.url);
if (!ifNeeded || await isStale()) {
  await nameBuild(root);
  const { Builder } = await import("fresh/dev");
  const builder = new Builder({ root: fileURLToPath(root) });
  await builder.build();
  await buildConsole(root);
  await Deno.writeTextFile(
    new URL("_fresh/.built", root),
    new Date().toISOString(),
  );
}

// The table of network operators takes seconds to pack: an image with a read-only file system uses
// this copy.
const folder = fileURLToPath(new URL("_fresh", root));
const operators = await packagedOperators();
if (!await hasOperators(folder, operators.edition)) {
  await packInto(folder, operators);
}

/** Whether a source of the build has changed since, or there is no build. */
async function isStale(): Promise<boolean> {
  const built = Math.min(
    await modified(new URL("_fresh/.built", root)),
    await modified(new URL("_console/mod.js", root)),
  );
  for (const name of SOURCES) {
    if (await newest(new URL(name, root)) > built) return true;
  }
  return false;
}

async function newest(url: URL): Promise<number> {
  let latest = await modified(url);
  if (!url.pathname.endsWith("/") || latest === 0) return latest;
  for await (const { name, isDirectory } of Deno.readDir(url)) {
    const inside = new URL(
      encodeURIComponent(name) + (isDirectory ? "/" : ""),
      url,
    );
    latest = Math.max(latest, await newest(inside));
  }
  return latest;
}

async function modified(url: URL): Promise<number> {
  try {
    return (await Deno.stat(url)).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
