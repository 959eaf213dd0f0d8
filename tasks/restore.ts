/** `deno task restore`: restores a backup into an empty store, or replaces a store's contents. */
import { appendAudit } from "../lib/store/audit.ts";
import { DamagedBackupError } from "../lib/backup/read.ts";
import { NotEmptyError, restoreBackup } from "../lib/backup/restore.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import { openKvOrExit, shownKvPath } from "../lib/store/open.ts";
import { fail, parseTaskArgs, printError, printResult } from "./_cli.ts";

const args = parseTaskArgs({
  usage: "deno task restore <file> [--force] [--json]",
  about:
    "Restores a backup into the store. Stop the server first, and start it afterwards.",
  flags: {
    force:
      "replace the contents of the store; without it, the store must be empty",
    json: "print JSON",
  },
  positional: { min: 1, max: 1, what: "a file's name" },
  more:
    "The file is verified before anything is written. If interrupted, run it again with the same file.",
});
const file = args.positional[0]!;
const { kvPath } = loadConfigOrExit(printError);
if (kvPath === ":memory:") {
  fail(
    "KV_PATH is :memory:, which ends with this task: expected a file or URL",
  );
}

let kv: Deno.Kv | undefined;
try {
  const { backup, written, expired } = await restoreBackup(
    async () => kv = await openKvOrExit(kvPath, "KV_PATH", printError),
    file,
    { now: Date.now, force: args.force },
  );
  const { created_at } = backup;
  await appendAudit(kv!, {
    ...{ who: "restore", what: "restore", target: `${written} entries` },
    why: `of ${created_at}`,
  }, Date.now());
  printResult(args, { file, created_at, entries: written, expired }, [
    `Restored ${written} entries of ${created_at}; ${expired} had expired since.`,
  ]);
} catch (error) {
  if (error instanceof NotEmptyError) {
    fail(
      `Cannot restore into ${
        JSON.stringify(shownKvPath(kvPath))
      } (KV_PATH): it is not empty; --force replaces its contents`,
    );
  }
  if (error instanceof DamagedBackupError) {
    fail(`Cannot restore ${JSON.stringify(file)}: ${error.message}`);
  }
  if (error instanceof Deno.errors.NotFound) {
    fail(`Cannot read ${JSON.stringify(file)}: no such file`);
  }
  fail(error);
} finally {
  kv?.close();
}
