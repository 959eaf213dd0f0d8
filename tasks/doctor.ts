/** `deno task doctor`: what is configured, what looks wrong, and the line to change. */
import { type Check, checkConfig, checkStore } from "../lib/doctor.ts";
import { escapeControl } from "../lib/text.ts";
import { fail, parseTaskArgs } from "./_cli.ts";
import { withStore } from "./_store.ts";

const args = parseTaskArgs({
  usage: "deno task doctor [--json]",
  about:
    "Looks at the configuration and the store; ends with status 1 where something is wrong.",
  flags: { json: "print JSON" },
});

const MARKS = { ok: "ok  ", warn: "look", bad: "BAD " };

const checks = await withStore(async (
  { config, kv, now },
): Promise<Check[]> => [
  ...checkConfig(config),
  ...await checkStore(kv, now, config),
]);
if (args.json) console.log(JSON.stringify(checks, null, 2));
else {
  for (const { level, title, detail, fix } of checks) {
    console.log(`${MARKS[level]}  ${title}: ${escapeControl(detail)}`);
    if (fix) console.log(`      change: ${fix}`);
  }
}
const bad = checks.filter(({ level }) => level === "bad");
if (bad.length > 0) {
  fail(`Something is wrong: ${bad.map(({ title }) => title).join(", ")}`);
}
