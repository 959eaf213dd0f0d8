/** `deno task migrate-kv`: copies a store into another one, of any kind, and compares both. */
import {
  type Differences,
  migrateStore,
  StillDifferentError,
} from "../lib/backup/migrate.ts";
import { NotEmptyError } from "../lib/backup/restore.ts";
import { loadKvTokens, setKvToken } from "../lib/app/config.ts";
import { DeadlineError } from "../lib/base/delay.ts";
import { sha256Hex } from "../lib/store/sha256.ts";
import { isKvFile, openKvOrExit, shownKvPath } from "../lib/store/open.ts";
import { SchemaError } from "../lib/store/schema.ts";
import {
  fail,
  parseTaskArgs,
  printError,
  printResult,
  usageError,
} from "./_cli.ts";

const USAGE =
  "deno task migrate-kv --from <file|url> --to <file|url> [--force] [--json]";
const args = parseTaskArgs({
  usage: USAGE,
  about:
    "Copies a whole store into an empty one, each a file or a KV Connect URL, and verifies the copy.",
  options: {
    from: ["STORE", "the source; nothing is written to it"],
    to: ["STORE", "the destination; empty, or with --force replaced"],
  },
  flags: {
    force: "replace the contents of the destination",
    json: "print JSON",
  },
  more: [
    "Stop the server first: changes are copied again, but the copy cannot catch up with a server that",
    "keeps writing. If interrupted, run it again with the same --from and --to.",
    "Access tokens: DENO_KV_ACCESS_TOKEN, and KV_FROM_ACCESS_TOKEN for --from, if different.",
  ].join("\n"),
});
for (const name of ["from", "to"] as const) {
  const path = args[name];
  if (path === undefined) usageError(`--${name} is missing`, USAGE);
  if (path === ":memory:" || path === ":default:") {
    usageError(
      `--${name} is ${path}, expected a file or an http(s) URL`,
      USAGE,
    );
  }
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(path) && isKvFile(path)) {
    usageError(
      `--${name} is ${JSON.stringify(path)}, expected a file or an http(s) URL`,
      USAGE,
    );
  }
}
const from = args.from!;
const to = args.to!;

const source = await place(from);
if (
  isKvFile(from) && !await Deno.stat(from).then((s) => s.isFile, () => false)
) {
  // KV would create the file, and an empty store would be copied.
  fail(`Cannot copy ${JSON.stringify(from)} (--from): no such file`);
}
if (source === await place(to)) {
  fail(`Cannot copy ${JSON.stringify(shownKvPath(from))}: --to is the same`);
}

const tokens = loadKvTokens();
let fromKv: Deno.Kv | undefined;
let toKv: Deno.Kv | undefined;
const show = progress();
try {
  setKvToken(tokens.from);
  fromKv = await openKvOrExit(from, "--from", printError);
  setKvToken(tokens.to);
  toKv = await openKvOrExit(to, "--to", printError);
  const { resumed, written, expired, changed, from: held } = await migrateStore(
    fromKv,
    toKv,
    {
      source: sha256Hex(source),
      now: Date.now,
      force: args.force,
      onProgress: show.at,
    },
  );
  show.end();
  const { missing, extra, changed: other } = changed;
  printResult(args, {
    from: shownKvPath(from),
    to: shownKvPath(to),
    ...{ resumed, written, expired },
    copied_again: { new: missing, changed: other, deleted: extra },
    entries: held.count,
    sha256: held.sha256,
  }, [
    ...resumed ? ["Resumed an interrupted copy."] : [],
    `Copied ${written} entries; ${expired} had expired.`,
    ...changed.keys.length > 0
      ? [`The source changed meanwhile, ${countsOf(changed)}: copied again.`]
      : [],
    `Both have ${held.count} entries with the same keys and values, SHA-256 ${held.sha256}.`,
  ]);
} catch (error) {
  show.end();
  fail(explained(error));
} finally {
  fromKv?.close();
  toKv?.close();
}

/** The same text for every spelling of a file or URL. */
async function place(path: string): Promise<string> {
  if (!isKvFile(path)) return new URL(shownKvPath(path)).href;
  return await Deno.realPath(path).catch(() => path);
}

function explained(error: unknown): string {
  const where = JSON.stringify(shownKvPath(to));
  if (error instanceof NotEmptyError) {
    return `Cannot copy into ${where} (--to): it is not empty, and not an interrupted copy; --force replaces its contents`;
  }
  if (error instanceof StillDifferentError) {
    return `The source is being written to, ${
      countsOf(error.differences)
    }: stop the server and run this again`;
  }
  if (error instanceof SchemaError) {
    return `Cannot copy ${
      JSON.stringify(shownKvPath(from))
    } (--from): ${error.message}`;
  }
  const words = error instanceof DeadlineError
    ? "a store does not answer"
    : error instanceof Error
    ? error.message.split("\n", 1)[0]
    : String(error);
  return `Cannot continue copying into ${where}: ${words}; run this again to resume`;
}

function countsOf({ missing, changed, extra, keys }: Differences): string {
  const counts = Object.entries({ new: missing, changed, deleted: extra })
    .filter(([, count]) => count > 0).map(([what, count]) =>
      `${count} ${what}`
    );
  const named = keys.map((key) => Deno.inspect(key, { breakLength: Infinity }));
  return `${counts.join(", ")} (${named.join(" ")})`;
}

/** Progress on one line of a terminal, which is overwritten; elsewhere nothing. */
function progress() {
  const shows = Deno.stderr.isTerminal();
  const write = (text: string) =>
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  let next = 0;
  return {
    at({ pass, read }: { pass: number; read: number }) {
      if (!shows || performance.now() < next) return;
      next = performance.now() + 100;
      const what = pass === 1 ? "copied" : `compared, pass ${pass - 1}`;
      write(`\r\x1b[K${read} entries ${what}`);
    },
    end() {
      if (shows && next > 0) write("\r\x1b[K");
    },
  };
}
