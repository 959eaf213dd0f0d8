/** `deno task backup`: writes the whole store into a file while the server runs. */
import { dirname } from "node:path";
import { noteBackup } from "../lib/backup/last.ts";
import { openSnapshot } from "../lib/backup/snapshot.ts";
import { writeBackup } from "../lib/backup/write.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import { isKvFile } from "../lib/store/open.ts";
import { fail, parseTaskArgs, printError, printResult } from "./_cli.ts";
import { withStore } from "./_store.ts";

const args = parseTaskArgs({
  usage: "deno task backup <file> [--json]",
  about:
    "Writes the whole store into a file that only you can read. The server may be running.",
  flags: { json: "print JSON" },
  positional: { min: 1, max: 1, what: "a file's name" },
  more:
    "The file holds password hashes and the store's keys: protect it like the store.",
});
const file = args.positional[0]!;
const { kvPath } = loadConfigOrExit(printError);
if (isKvFile(kvPath)) {
  // KV would create the file, and the backup would be empty.
  const real = await Deno.realPath(kvPath).catch(() =>
    fail(`Cannot back up ${JSON.stringify(kvPath)} (KV_PATH): no such file`)
  );
  for (const name of [file, `${file}.part`]) {
    if (await Deno.realPath(name).catch(() => null) === real) {
      fail(`Cannot write ${JSON.stringify(file)}: it is the store itself`);
    }
  }
}
const isFolder = (path: string) =>
  Deno.stat(path).then((at) => at.isDirectory, () => false);
if (await isFolder(file) || !await isFolder(dirname(file))) {
  fail(
    `Cannot write ${
      JSON.stringify(file)
    }: expected a file's name in a folder that exists`,
  );
}

await withStore(async ({ kv, now }) => {
  let count: number;
  if (isKvFile(kvPath)) {
    await using snapshot = await openSnapshot(kvPath, file);
    ({ count } = await writeBackup(snapshot.kv, file, now));
  } else {
    ({ count } = await writeBackup(kv, file, now));
  }
  await noteBackup(kv, now);
  printResult(args, { file, entries: count }, [
    `Wrote ${count} entries to ${file}.`,
  ]);
});
