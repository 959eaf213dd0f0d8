/** `deno task release`: checks the package, writes the next version, or publishes. */
import { fileURLToPath } from "node:url";
import { quoted } from "../lib/base/quoted.ts";
import { VERSION } from "../lib/base/version.ts";
import { fail, parseTaskArgs, usageError } from "./_cli.ts";
import { packForNpm } from "./_pack.ts";
import { copyPackage } from "./_package.ts";
import { nextVersion, releasedChangelog } from "./_release.ts";

const usage =
  "deno task release <major | minor | patch | X.Y.Z | publish | pack> [--dry-run] [--no-tests]";
const args = parseTaskArgs({
  usage,
  about:
    "Checks what would be published, and writes the next version into the files that contain it.",
  flags: {
    "dry-run": "write nothing",
    "no-tests": "skip `deno task ok`, if it has just passed",
  },
  positional: {
    min: 1,
    max: 1,
    what: "major, minor, patch, a version, publish or pack",
  },
  more:
    "Then: git commit, git tag vX.Y.Z, and `deno task release publish` from that commit. The tree has to\n" +
    "be clean, and CHANGELOG.md needs an entry under Unreleased. `pack` writes the npm tarball into\n" +
    "dist/.",
});

const root = new URL("../", import.meta.url);
const [how] = args.positional;
if (how === "publish") {
  await run("task", "--quiet", "build");
  await publish(args["dry-run"], {});
  Deno.exit(0);
}
if (how === "pack") {
  await run("task", "--quiet", "build");
  const file = `dist/portcullis-portcullis-${VERSION}.tgz`;
  await Deno.mkdir(new URL("dist/", root), { recursive: true });
  const to = fileURLToPath(new URL(file, root));
  const { success, said } = await packForNpm(root, to);
  if (!success) fail(`Cannot pack: ${said}`);
  console.log(`Wrote ${file}.`);
  Deno.exit(0);
}
const next = nextVersion(VERSION, how!);
if (next === null) {
  usageError(
    `Cannot release ${
      quoted(how!)
    }: expected major, minor, patch or a version after ${VERSION}`,
    usage,
  );
}
const changelog = await Deno.readTextFile(new URL("CHANGELOG.md", root));
const today = new Date().toISOString().slice(0, 10);
const released = releasedChangelog(changelog, next, today);
if (released === null) {
  fail(
    "Cannot release: expected an entry in CHANGELOG.md under Unreleased",
  );
}
if (!args["dry-run"] && await said("git", "status", "--porcelain") !== "") {
  fail("Cannot release: expected a clean tree, see git status");
}

if (!args["no-tests"]) await run("task", "ok");
await run("task", "--quiet", "build");
await run("doc", "--lint", ...await entries());
if (!args["dry-run"]) {
  await Deno.writeTextFile(new URL("CHANGELOG.md", root), released);
  await replaceIn(
    "deno.json",
    `"version": "${VERSION}"`,
    `"version": "${next}"`,
  );
  await replaceIn(
    "lib/base/version.ts",
    `VERSION = "${VERSION}"`,
    `VERSION = "${next}"`,
  );
}
await publish(true, args["dry-run"] ? { version: next } : {});
console.log(
  args["dry-run"]
    ? `${next} could be released; nothing was written.`
    : `Wrote ${next}. Now: git commit -am "Release ${next}" && git tag v${next} && deno task release publish`,
);

async function entries(): Promise<string[]> {
  const text = await Deno.readTextFile(new URL("deno.json", root));
  return Object.values(JSON.parse(text).exports);
}

/** The published package has no links: its dependencies are resolved from the registries. */
async function publish(
  isDry: boolean,
  change: Record<string, unknown>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_package_" });
  try {
    await copyPackage(root, folder, change);
    const dry = isDry ? ["--dry-run"] : [];
    await runIn(folder, "publish", "--allow-dirty", ...dry);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function run(...args: string[]): Promise<void> {
  return runIn(root, ...args);
}

async function runIn(cwd: URL | string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    stdin: "null",
  }).spawn().status;
  if (!success) {
    fail(`Cannot release: deno ${args.join(" ")} failed, see above`);
  }
}

async function said(program: string, ...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(program, {
    args,
    cwd: root,
  }).output();
  if (!success) fail(`Cannot release: ${program} ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout).trim();
}

async function replaceIn(
  name: string,
  from: string,
  to: string,
): Promise<void> {
  const url = new URL(name, root);
  const text = await Deno.readTextFile(url);
  if (text.split(from).length !== 2) {
    fail(`Cannot release: expected ${from} in ${name}, once`);
  }
  await Deno.writeTextFile(url, text.replace(from, to));
}
