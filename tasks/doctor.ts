/** `deno task doctor`: shows the configuration, probable mistakes, and the line to change. */
import { messageOf } from "../lib/base/error_words.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import type { Config } from "../lib/settings/config.ts";
import { deadline } from "../lib/base/delay.ts";
import type { Check } from "../lib/doctor/doctor.ts";
import { examine } from "../lib/doctor/examine.ts";
import { jsrAnswers } from "../lib/doctor/fresh.ts";
import { createGeo, type GeoStatus } from "../lib/geo/geo.ts";
import { isKvFile, openKv, shownKvPath } from "../lib/store/open.ts";
import { requireSchema } from "../lib/store/schema.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { fail, parseTaskArgs, printError } from "./_cli.ts";

const args = parseTaskArgs({
  usage: "deno task doctor [--json]",
  about:
    "Checks the configuration, the clock, the disk, the store, its jobs and versions; ends with status 1 if a check fails.",
  flags: { json: "print JSON" },
  more:
    "The result of each check is ok, warn or FAIL, with the setting to change.",
});

const MARKS = { ok: "ok  ", warn: "warn", bad: "FAIL" };
const OPEN_MS = 10_000;

const config = loadConfigOrExit(printError);
const opened = await openStore(config);
const checks = await examine({
  config,
  kv: opened.kv,
  geo: await geoStatus(config),
  askJsr: jsrAnswers,
});
if (opened.failure) checks.unshift(opened.failure);
opened.kv?.close();

if (args.json) console.log(printableJson(checks));
else {
  for (const { level, title, detail, fix } of checks) {
    console.log(`${MARKS[level]}  ${title}: ${escapeControl(detail)}`);
    if (fix) console.log(`      change: ${escapeControl(fix)}`);
  }
}
const bad = checks.filter(({ level }) => level === "bad");
if (bad.length > 0) {
  fail(`Something is wrong: ${bad.map(({ title }) => title).join(", ")}`);
}
// A pending operation would keep the process running.
Deno.exit(0);

async function openStore(
  { kvPath }: Config,
): Promise<{ kv: Deno.Kv | null; failure?: Check }> {
  // Another process's memory cannot be read.
  if (kvPath === ":memory:") return { kv: null };
  try {
    const kv = await deadline(openKv(kvPath), OPEN_MS);
    await deadline(requireSchema(kv), OPEN_MS);
    return { kv };
  } catch (error) {
    const words = messageOf(error);
    const failure: Check = {
      level: "bad",
      title: "KV opens",
      detail: `${shownKvPath(kvPath)}: ${words.split("\n", 1)[0]}`,
      fix: isKvFile(kvPath)
        ? "KV_PATH=<a file that this user may read and write>"
        : "KV_PATH=<the URL>, DENO_KV_ACCESS_TOKEN=<its token>",
    };
    return { kv: null, failure };
  }
}

/** The packaged data are read for their date; other providers are not queried. */
async function geoStatus({ geoProvider }: Config): Promise<GeoStatus | null> {
  if (geoProvider !== "embedded") return null;
  const geo = createGeo({ provider: "embedded", now: Date.now });
  await geo.whenReady();
  const status = geo.status();
  await geo.close();
  return status;
}
