/** `deno task use-fresh`: switches between upstream Fresh from JSR and the stand-ins in links/. */
import { parseTaskArgs, usageError } from "./_cli.ts";

const usage = "deno task use-fresh <jsr|local>";
const { positional: [choice] } = parseTaskArgs({
  usage,
  about:
    "Uses upstream Fresh and @std from JSR, or the stand-ins in links/ that need only npm.",
  positional: { min: 1, max: 1, what: "jsr or local" },
});
if (choice !== "jsr" && choice !== "local") {
  usageError(`Cannot use "${choice}": expected jsr or local`, usage);
}

const url = new URL("../deno.json", import.meta.url);
const config = JSON.parse(await Deno.readTextFile(url));
const folders: string[] = [];
for await (
  const { name, isDirectory } of Deno.readDir(
    new URL("../links/", import.meta.url),
  )
) {
  if (isDirectory) folders.push(`./links/${name}`);
}
const links = choice === "local" ? { links: folders.sort() } : {};
const { imports, links: _, ...rest } = config;
const { unstable, ...others } = rest;
await Deno.writeTextFile(
  url,
  JSON.stringify({ unstable, imports, ...links, ...others }, null, 2) + "\n",
);
console.log(
  choice === "local"
    ? "deno.json uses links/ now."
    : "deno.json uses JSR now. Run `deno install` to bring deno.lock along.",
);
