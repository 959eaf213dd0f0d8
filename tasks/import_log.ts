/** `deno task import-log`: loads an access log's requests into the request log. */
import { detectRange } from "../lib/detection/job.ts";
import { jobOptions } from "../lib/detection/job_options.ts";
import { createGeo } from "../lib/geo/geo.ts";
import { openAddressStorage } from "../lib/privacy/address_storage.ts";
import { recordCompleter } from "../lib/log/record_completer.ts";
import { RequestLog } from "../lib/log/request_log.ts";
import { unpacked } from "../lib/import/lines.ts";
import { type LogFormat, readLog } from "../lib/import/read_log.ts";
import { rollUp } from "../lib/log/rollup/roller.ts";
import { fail, parseTaskArgs, usageError } from "./_cli.ts";
import { withStore } from "./_store.ts";

const usage =
  "deno task import-log <file> [--format combined|json] [--no-detect]";
const args = parseTaskArgs({
  usage,
  about:
    "Loads an access log's requests into the request log, then judges each of its hours as " +
    "the hourly job would have done. Lines that cannot be read are counted, not fatal.",
  options: {
    format: [
      "combined|json",
      "Apache's and nginx' combined format, or one JSON object to a line; combined",
    ],
  },
  flags: { "no-detect": "do not judge the imported hours" },
  positional: { min: 1, max: 1, what: "one file, or - for standard input" },
  more: "A file whose name ends in .gz is unpacked.",
});
const name = args.positional[0]!;
const format = (args.format ?? "combined") as LogFormat;
if (format !== "combined" && format !== "json") {
  usageError(
    `Cannot read format "${format}": expected combined or json`,
    usage,
  );
}

const stream = await open(name);
const showsProgress = Deno.stderr.isTerminal();

await withStore(async ({ config, kv, now }) => {
  const geo = createGeo({
    provider: config.geoProvider === "embedded" ? "embedded" : "off",
    now,
  });
  await geo.whenReady();
  const addresses = await openAddressStorage(kv, config.privacyIp, now);
  const log = new RequestLog({
    kv,
    now,
    retentionMs: config.logRetention,
    complete: recordCompleter(geo, addresses),
    addresses: addresses.seal ? addresses : undefined,
  });
  let imported = 0;
  let unparsable = 0;
  let from = Infinity;
  let to = -Infinity;
  const showProgress = (end = "") => {
    if (!showsProgress) return;
    const text =
      `\r${imported} requests imported, ${unparsable} lines unparsable${end}`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  };
  try {
    for await (const part of readLog(unpacked(stream, name), format)) {
      for (const record of part.records) {
        from = Math.min(from, record.timestamp);
        to = Math.max(to, record.timestamp);
        log.append(record);
      }
      await log.flush();
      const { lastError } = log.status();
      if (lastError !== null) {
        throw new Error(`Cannot write the request log: ${lastError}`);
      }
      imported += part.records.length;
      unparsable += part.unparsable;
      showProgress();
    }
    showProgress("\n");
  } finally {
    await log.close();
    await geo.close();
  }
  console.log(`${imported} requests imported, ${unparsable} lines unparsable.`);
  if (imported === 0) return;
  // The dashboard would count every record by itself until the server does this.
  await rollUp({ kv, now });
  if (args["no-detect"]) return;

  const { flagged, findings } = await detectRange(
    await jobOptions({ kv, now, config, addresses }),
    { from, to: to + 1 },
  );
  const serious = findings.filter(({ severity }) => severity !== "info");
  console.log(`${flagged} findings, ${serious.length} of them above info.`);
  for (const { ip_address, rule, explanation } of serious.slice(0, 20)) {
    console.log(`  ${ip_address}  ${rule}: ${explanation}`);
  }
  if (serious.length > 20) {
    console.log(`  … see /admin/suspicious for the others.`);
  }
});

async function open(
  name: string,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (name === "-") return Deno.stdin.readable;
  try {
    const file = await Deno.open(name);
    if ((await file.stat()).isDirectory) throw new Error("it is a folder");
    return file.readable;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    fail(`Cannot read "${name}": ${words}`);
  }
}
