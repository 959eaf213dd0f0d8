/** `deno task import-log`: loads the requests of access logs into the request log. */
import { messageOf } from "../lib/base/error_words.ts";
import { endingSignals } from "../lib/base/ending_signals.ts";
import { openAlerts } from "../lib/alerts/alerts.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { detectHours } from "../lib/detection/job.ts";
import { jobOptions } from "../lib/detection/job_options.ts";
import { appendAudit } from "../lib/store/audit.ts";
import { createGeo } from "../lib/geo/geo.ts";
import { FORMATS } from "../lib/import/formats/mod.ts";
import { type FileReport, LogImport } from "../lib/import/import_logs.ts";
import { createLogClient } from "../lib/import/log_client.ts";
import { expandNames, inOrderOfTime, STDIN } from "../lib/import/log_files.ts";
import { LogReader } from "../lib/import/log_reader.ts";
import { SeenLines } from "../lib/import/seen_lines.ts";
import { UnjudgedHours } from "../lib/import/unjudged_hours.ts";
import { BulkWriter } from "../lib/log/bulk_writer.ts";
import { recordCompleter } from "../lib/log/record_completer.ts";
import { rollUp } from "../lib/log/rollup/roller.ts";
import { openAddressStorage } from "../lib/privacy/address_storage.ts";
import { isStoreFailure, StoreDownError } from "../lib/store/errors.ts";
import { fail, parseTaskArgs, printError, usageError } from "./_cli.ts";
import {
  badLines,
  explained,
  failuresOf,
  fileItem,
  findingItem,
  findingLines,
  soFar,
  totalLines,
  totalsOf,
} from "./_import_text.ts";
import { Progress } from "./_progress.ts";
import { withStore } from "./_store.ts";
import { openVisitors } from "./_visitors.ts";

/** The interval of the server's own light pass. */
const JUDGE_MS = 60_000;

const usage =
  "deno task import-log <file…> [--format NAME|DEFINITION] [--dry-run] [--again] [--follow] [--no-detect] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Imports access logs into the request log, then runs detection over each hour with new requests, " +
    "as the hourly job would have done. Invalid lines are counted, not fatal.",
  options: {
    format: [
      "NAME|DEFINITION",
      "the format's name, or its definition from the server's configuration; recognised by default",
    ],
  },
  flags: {
    "dry-run":
      "write nothing; show the recognised format and the first records",
    again: "also import lines that were imported before",
    follow:
      "keep reading what is written to the last file, with detection every minute",
    "no-detect": "do not run detection over the imported hours",
    json: "print JSON: one object, or with --follow one per line",
  },
  positional: {
    min: 1,
    max: 10_000,
    what: "files, patterns, or - for standard input",
  },
  more:
    `Files are read in the order of time; gzip, bzip2 and zstd are recognised by content. TRUSTED_PROXIES determines the client addresses.
Names of formats: ${FORMATS.map(({ name }) => name).join(", ")}.`,
});
try {
  // Before anything is opened: a wrong format is a wrong argument.
  new LogReader({
    clientOf: createLogClient(),
    now: Date.now,
    format: args.format,
  });
} catch (error) {
  usageError((error as Error).message, usage);
}
if (args.follow && args["dry-run"]) {
  usageError(
    "Cannot follow without writing: expected --follow or --dry-run",
    usage,
  );
}
let names: string[];
try {
  names = expandNames(args.positional);
} catch (error) {
  fail(error);
}

await withStore(async (store) => {
  const { config, kv, now } = store;
  const isDryRun = args["dry-run"];
  const clientOf = createLogClient({
    trustedProxies: config.trustedProxies,
    header: config.clientIpHeader,
  });
  const reading = {
    clientOf,
    now,
    header: config.clientIpHeader,
    format: args.format,
  };
  const geo = createGeo({
    provider: config.geoProvider === "embedded" ? "embedded" : "off",
    now,
  });
  await geo.whenReady();
  const retentionMs = config.logRetention;
  const addresses = isDryRun
    ? undefined
    : await openAddressStorage(kv, config.privacyIp, now);
  const visitors = addresses ? await openVisitors(store, addresses) : undefined;
  const writer = addresses
    ? new BulkWriter({
      kv,
      now,
      retentionMs,
      complete: recordCompleter(geo, addresses, visitors?.operators),
      addresses: addresses.seal ? addresses : undefined,
    })
    : null;
  const seen = args.again ? null : await SeenLines.open(kv, now);
  const unjudged = isDryRun || args["no-detect"]
    ? undefined
    : await UnjudgedHours.open({ kv, now, retentionMs });
  const files = await inOrderOfTime(names, reading);
  const followed = args.follow ? files.pop() : undefined;
  const progress = new Progress(sizeOf(files));
  const logs = new LogImport({
    ...reading,
    seen,
    writer,
    unjudged,
    retentionMs,
    onProgress: (lines, bytes) => progress.show(lines, bytes),
  });
  const reports: FileReport[] = [];
  // Findings in old lines are shown without alerts; findings in new lines cause alerts like live
  // traffic.
  const alerts = followed === undefined
    ? null
    : openAlerts({ ...{ kv, now, config }, pollMs: null });
  const left = new Set(unjudged?.left);
  let isLive = false;
  let isFollowing = false;
  const stopListening = onInterrupt(() => {
    progress.end();
    printError(`Interrupted. ${soFar(writer?.stored ?? null, args)}`);
  });
  try {
    for (const name of files) reports.push(await logs.file(name));
    progress.end();
    if (followed === undefined) await conclude();
    else {
      stopListening();
      await follow(followed);
    }
  } catch (error) {
    if (!isStoreFailure(error)) throw error;
    progress.end();
    const words = `${messageOf(error)}. ${soFar(writer?.stored ?? null, args)}`;
    throw new StoreDownError(words, { cause: error });
  } finally {
    stopListening();
    await alerts?.close();
    await geo.close();
    await visitors?.operators.close();
  }

  async function conclude(): Promise<void> {
    const totals = totalsOf(reports);
    const failures = failuresOf(reports);
    if (failures.length > 0 && totals.requests + totals.known === 0) {
      fail(failures[0]);
    }
    if (!args.json) {
      for (const report of reports) {
        const lines = isDryRun ? explained(report, clientOf) : [];
        for (const line of [...lines, ...badLines(report)]) {
          console.log(escapeControl(line));
        }
      }
      for (const line of totalLines(totals, isDryRun)) {
        console.log(escapeControl(line));
      }
    }
    const findings = isDryRun ? [] : await judge();
    await note(totals.requests);
    if (args.json) {
      const files = reports.map(fileItem);
      const item = { ...totals, dry_run: isDryRun, files, findings };
      console.log(printableJson(item));
    }
    if (failures.length > 0) fail(failures[0]);
  }

  /** Records the number of imported requests in the audit trail. */
  async function note(requests: number): Promise<void> {
    if (isDryRun || requests === 0) return;
    await appendAudit(kv, {
      ...{ who: "import-log", what: "import_log" },
      target: `${requests} requests`,
    }, now());
  }

  /** Counts and analyses the hours with new records; returns the serious findings. */
  async function judge(): Promise<unknown[]> {
    const hours = new Set([...logs.hours, ...left]);
    if (hours.size === 0) return [];
    const done = unjudged?.begin();
    logs.hours.clear();
    left.clear();
    // The dashboard would count every record separately until the server does this.
    await rollUp({ kv, now });
    if (args["no-detect"]) return [];
    const { flagged, findings } = await detectHours(
      await jobOptions({
        ...{ kv, now, config, addresses },
        crawlers: visitors?.crawlers,
        operatorOf: visitors?.operatorOf,
        alertFindings: isLive ? alerts?.findings : undefined,
      }),
      hours,
      (done, all) => progress.judged(done, all),
    );
    await done?.();
    progress.end();
    await alerts?.round();
    const serious = findings.filter(({ severity }) => severity !== "info");
    const items = serious.map(findingItem);
    if (isFollowing) {
      const lines = findingLines(flagged, serious);
      say({ judged: hours.size, flagged, findings: items }, lines);
    } else if (!args.json) {
      for (const line of findingLines(flagged, serious)) {
        console.log(escapeControl(line));
      }
    }
    return items;
  }

  /** Prints while following: lines, or an object on one line. */
  function say(item: Record<string, unknown>, lines: readonly string[]): void {
    if (args.json) console.log(printableJson(item, 0));
    else for (const line of lines) console.log(escapeControl(line));
  }

  async function follow(name: string): Promise<void> {
    const stop = new AbortController();
    for (const signal of endingSignals()) {
      Deno.addSignalListener(signal, () => stop.abort());
    }
    isFollowing = true;
    const totals = totalsOf(reports);
    say({ ...totals, files: reports.map(fileItem), following: name }, [
      ...totalLines(totals, false),
      `Following ${name === STDIN ? "standard input" : name}.`,
    ]);
    let judging: Promise<unknown> = judge().then(() => isLive = true);
    const timer = setInterval(() => {
      judging = judging.then(judge).catch((error) =>
        console.error(escapeControl(String(error)))
      );
    }, JUDGE_MS);
    const followedReports: FileReport[] = [];
    const print = (report: FileReport) => {
      followedReports.push(report);
      const lines = totalLines(totalsOf([report]), false);
      say(fileItem(report), [...badLines(report), ...lines]);
    };
    try {
      print(await logs.follow(name, stop.signal, print));
    } finally {
      clearInterval(timer);
    }
    await judging;
    await note(totalsOf([...reports, ...followedReports]).requests);
    await judge();
    Deno.exit(0);
  }
});

/** Calls back and ends the process when it is interrupted, until the result is called. */
function onInterrupt(tell: () => void): () => void {
  const listeners = endingSignals().map((signal) => {
    const listener = () => {
      tell();
      Deno.exit(signal === "SIGTERM" ? 143 : 130);
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => {
    for (const remove of listeners.splice(0)) remove();
  };
}

/** Total number of bytes to read, or null if unknown. */
function sizeOf(files: readonly string[]): number | null {
  let sum = 0;
  for (const name of files) {
    try {
      if (name === STDIN) return null;
      sum += Deno.statSync(name).size;
    } catch {
      // Its error is reported when it is imported.
    }
  }
  return sum;
}
