/**
 * `deno task use-fresh`: switches between upstream Fresh from JSR, the stand-ins in links/, and a
 * checkout of Fresh on this machine.
 *
 * Imports only what Deno includes: it must run without the packages of deno.json, which is when one
 * wants to switch back.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const USAGE = "deno task use-fresh <jsr|local|FOLDER>";
const HELP = `Usage: ${USAGE}

Uses upstream Fresh and @std from JSR, the stand-ins in links/ that need only npm, or a checkout of
Fresh on this machine: its folder, or that of the package @fresh/core in it.

  -h, --help  this text`;

const LINKS = /^ {2}"links": \[[^\]]*\],\n/m;
const IMPORTS = /^ {2}"imports": \{[^}]*\},\n/m;
/**
 * Deno checks the sources of a linked checkout with our options, which are stricter than its own.
 */
const STRICT =
  /("(?:noImplicitOverride|noUncheckedIndexedAccess)": )(?:true|false)/g;

/** The fields of a package's deno.json that are read here. */
interface Package {
  name?: string;
  version?: string;
  workspace?: string[] | { members?: string[] };
  imports?: Record<string, string>;
}

if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
  console.log(HELP);
  Deno.exit(0);
}
const [choice, ...others] = Deno.args;
if (!choice || others.length > 0) {
  const given = JSON.stringify(Deno.args.join(" "));
  end(
    2,
    `Cannot use ${given}: expected jsr, local or a folder. Usage: ${USAGE}`,
  );
}

const url = new URL("../deno.json", import.meta.url);
const isCheckout = choice !== "jsr" && choice !== "local";
const text = (await Deno.readTextFile(url)).replace(LINKS, "")
  .replace(STRICT, `$1${!isCheckout}`);
const standIns = new URL("../links/", import.meta.url);
if (isCheckout) {
  const { folder, fresh, brought, asksJsrFor } = await checkout(choice);
  const links = [folder];
  for (const name of await foldersOf(standIns)) {
    const standIn = (await read(new URL(`${name}/`, standIns)))?.name ?? "";
    if (!brought.has(standIn) && !asksJsrFor.has(standIn)) {
      links.push(`./links/${name}`);
    }
  }
  await link(links);
  console.log(
    `deno.json uses Fresh ${fresh.version} in ${folder} now. ` +
      "Run `deno install` to bring deno.lock along.",
  );
} else if (choice === "jsr") {
  await Deno.writeTextFile(url, text);
  console.log(
    "deno.json uses JSR now. Run `deno install` to bring deno.lock along.",
  );
} else {
  await link((await foldersOf(standIns)).map((name) => `./links/${name}`));
  console.log("deno.json uses links/ now.");
}

/** The contents of a folder with Fresh: alone, or as a member of a workspace. */
async function checkout(name: string) {
  const at = toUrl(name);
  const here = await read(at);
  const inside = new URL("packages/fresh/", at);
  const fresh = here?.name === "@fresh/core" ? here : await read(inside);
  if (fresh?.name !== "@fresh/core") {
    end(
      1,
      `Cannot use ${JSON.stringify(name)}: expected jsr, local, or a folder ` +
        "with the package @fresh/core in it or in its packages/fresh",
    );
  }
  // The members of a workspace need its imports and each other.
  const root = here === fresh ? new URL("../../", at) : at;
  const members = await membersOf(root);
  const isMember = members.some((member) => member.name === "@fresh/core");
  const used = isMember ? [...members, await read(root)] : [fresh];
  const asked = used.flatMap((each) => Object.values(each?.imports ?? {}));
  return {
    folder: pathOf(isMember ? root : here === fresh ? at : inside),
    fresh,
    brought: new Set(used.map((each) => each?.name)),
    asksJsrFor: new Set(
      asked.map((each) => /^jsr:\/?(@[^/]+\/[^@/]+)/.exec(each)?.[1]),
    ),
  };
}

async function membersOf(root: URL): Promise<Package[]> {
  const { workspace = [] } = await read(root) ?? {};
  const names = Array.isArray(workspace) ? workspace : workspace.members ?? [];
  const members: Package[] = [];
  for (const name of names) {
    const folders = name.endsWith("/*")
      ? (await foldersOf(new URL(name.slice(0, -1), root))).map((inside) =>
        `${name.slice(0, -1)}${inside}/`
      )
      : [`${name.replace(/\/$/, "")}/`];
    for (const folder of folders) {
      const member = await read(new URL(folder, root));
      if (member) members.push(member);
    }
  }
  return members;
}

/** A folder's deno.json, or deno.jsonc without its comments; null if it has none. */
async function read(folder: URL): Promise<Package | null> {
  for (const name of ["deno.json", "deno.jsonc"]) {
    try {
      const text = await Deno.readTextFile(new URL(name, folder));
      return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ""));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        end(1, `Cannot read ${pathOf(folder)}${name}: ${error}`);
      }
    }
  }
  return null;
}

async function foldersOf(url: URL): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(url)) {
      if (isDirectory) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

async function link(folders: string[]): Promise<void> {
  if (!IMPORTS.test(text)) {
    end(1, 'Cannot change deno.json: expected it to have "imports"');
  }
  const lines = folders.map((folder) => `    ${JSON.stringify(folder)}`);
  const block = `  "links": [\n${lines.join(",\n")}\n  ],\n`;
  await Deno.writeTextFile(url, text.replace(IMPORTS, (all) => all + block));
}

/** Relative names are resolved from where the task was called. */
function toUrl(name: string): URL {
  const from = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  return new URL(`${pathToFileURL(resolve(from, name))}/`);
}

function pathOf(url: URL): string {
  return decodeURI(url.pathname);
}

function end(status: number, message: string): never {
  console.error(message);
  Deno.exit(status);
}
