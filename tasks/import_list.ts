/** `deno task import-list`: adds a list of addresses from a file or URL to the blocklist. */
import { fileTrouble } from "../lib/base/error_words.ts";
import { parseDuration } from "../lib/base/duration.ts";
import { feedName, feedUrl, shownUrl } from "../lib/feeds/feed.ts";
import { importList } from "../lib/feeds/import_list.ts";
import { unpack } from "../lib/import/unpack.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { fail, parseTaskArgs, usageError } from "./_cli.ts";
import { printReport, taskFeeds } from "./_feeds.ts";
import { withStore } from "./_store.ts";

const usage =
  "deno task import-list <file|url> --source NAME [--for 7d] [--dry-run] [--json] [--yes]";
const args = parseTaskArgs({
  usage,
  about:
    "Blocks the entries of a list. If it is imported again under the same name, entries that are no longer listed are removed; blocks by hand or by other lists are kept.",
  options: {
    source: [
      "NAME",
      "a name for the list; the author of its entries is feed:NAME",
    ],
    for: [
      "DURATION",
      "for how long, such as 24h or 7d; without it, until removed",
    ],
  },
  flags: {
    "dry-run": "only show what it would do",
    json: "print JSON",
    yes:
      "also import a suspicious list: empty, much shorter or longer than before, or one that would block many visitors",
  },
  positional: { min: 1, max: 1, what: "one file or URL, or - for stdin" },
  more:
    `Formats: an address or range per line, with a comment after ; # or a comma;
a-b; DShield's columns; CSV with a header; JSON by its fields' names (AbuseIPDB,
CrowdSec, Spamhaus, clouds); nginx' deny lines; what nft, ipset, iptables, ufw,
fail2ban-client and cscli print; what deno task export blocked writes.
gzip, bzip2 and zstd are unpacked. Lists on a schedule: deno task feeds.`,
});

const place = args.positional[0]!;
const name = checked(() => {
  if (!args.source) throw new RangeError("Expected --source NAME");
  return feedName(args.source);
});
const for_ms = checked(() => args.for ? parseDuration(args.for) : null);
const url = checked(() =>
  /^[a-z][a-z\d+.-]*:\/\//i.test(place) ? feedUrl(place) : null
);
const file = url === null ? await open(place) : null;

await withStore(async (store) => {
  const context = taskFeeds(store);
  const stream = file ?? await fetched(context.fetchList);
  const { kind, message, report, objections } = await importList(context, {
    name,
    url,
    stream,
    for_ms,
    dryRun: args["dry-run"],
    sure: args.yes,
  }, { by: "import-list", from: null });
  if (report && args.json) {
    const dry_run = args["dry-run"];
    const from = url === null ? place : shownUrl(url);
    console.log(
      printableJson({
        source: name,
        from,
        dry_run,
        result: kind,
        objections,
        ...report,
      }),
    );
  } else if (report) {
    printReport(report);
    if (args["dry-run"]) {
      for (const line of objections) console.log(escapeControl(line));
    }
  }
  if (args["dry-run"]) {
    if (!args.json) console.log("Nothing was written.");
  } else if (kind === "held") {
    fail(`${message} Expected --yes to import it anyway`);
  } else if (kind !== "applied") fail(message);
  else if (!args.json) console.log(`Imported as ${name}.`);
});

async function fetched(
  fetchList: ReturnType<typeof taskFeeds>["fetchList"],
): Promise<AsyncIterable<Uint8Array>> {
  const list = await fetchList(url!, null);
  if (list.kind === "unchanged") fail("Cannot read the list: it is empty");
  return new Blob([list.body as BlobPart]).stream();
}

async function open(name: string): Promise<AsyncIterable<Uint8Array>> {
  if (name === "-") return unpack(Deno.stdin.readable);
  try {
    const file = await Deno.open(name);
    if ((await file.stat()).isDirectory) throw new Error("it is a folder");
    return unpack(file.readable);
  } catch (error) {
    fail(`Cannot read "${name}": ${fileTrouble(error)}`);
  }
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    usageError((error as Error).message, usage);
  }
}
