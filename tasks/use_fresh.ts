/**
 * `deno task use-fresh`: switches between upstream Fresh from JSR and the stand-ins in links/.
 *
 * Imports nothing: it has to run where the packages that deno.json names cannot be reached, which
 * is when one wants the way back.
 *
 * @module
 */
const USAGE = "deno task use-fresh <jsr|local>";
const HELP = `Usage: ${USAGE}

Uses upstream Fresh and @std from JSR, or the stand-ins in links/ that need only npm.

  -h, --help  this text`;

const LINKS = /^ {2}"links": \[[^\]]*\],\n/m;
const IMPORTS = /^ {2}"imports": \{[^}]*\},\n/m;

if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
  console.log(HELP);
  Deno.exit(0);
}
const [choice, ...others] = Deno.args;
if ((choice !== "jsr" && choice !== "local") || others.length > 0) {
  const given = JSON.stringify(Deno.args.join(" "));
  end(2, `Cannot use ${given}: expected jsr or local. Usage: ${USAGE}`);
}

const url = new URL("../deno.json", import.meta.url);
const text = (await Deno.readTextFile(url)).replace(LINKS, "");
if (choice === "jsr") {
  await Deno.writeTextFile(url, text);
  console.log(
    "deno.json uses JSR now. Run `deno install` to bring deno.lock along.",
  );
} else {
  const folders: string[] = [];
  const links = new URL("../links/", import.meta.url);
  for await (const { name, isDirectory } of Deno.readDir(links)) {
    if (isDirectory) folders.push(`    "./links/${name}"`);
  }
  if (!IMPORTS.test(text)) {
    end(1, 'Cannot change deno.json: expected it to have "imports"');
  }
  const block = `  "links": [\n${folders.sort().join(",\n")}\n  ],\n`;
  await Deno.writeTextFile(url, text.replace(IMPORTS, (all) => all + block));
  console.log("deno.json uses links/ now.");
}

function end(status: number, message: string): never {
  console.error(message);
  Deno.exit(status);
}
