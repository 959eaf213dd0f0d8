/** `deno task lab`: real attack tools against a small shop and the app, on this machine only. */
import { INNOCENTS } from "../lab/innocents.ts";
import {
  failures,
  innocentPart,
  missingFor,
  partsOf,
  tableOf,
} from "../lab/lab.ts";
import { openStage, type Outcome } from "../lab/stage.ts";
import { TOOLS } from "../lab/tools.ts";
import { parseTaskArgs, usageError } from "./_cli.ts";

/** Number of tools that run at the same time, each in its four ways. */
const AT_ONCE = 2;

const usage = "deno task lab [--only NAME,NAME] [--seconds 60] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Runs real attack tools (sqlmap, ffuf, hydra and others that are installed) against a small shop behind the proxy and against the app, with AUTO_BLOCK=on, next to harmless clients, and prints when each was detected and stopped. Everything runs on 127.0.0.1. Ends with status 1 if an attacker was not detected within 60 seconds and stopped, or a harmless client was.",
  options: {
    only: ["NAMES", "only these tools or harmless clients"],
    seconds: ["NUMBER", "how long each may run (60)"],
  },
  flags: { json: "print JSON" },
});
const seconds = Number(args.seconds ?? 60);
if (!(seconds >= 5 && seconds <= 300)) {
  usageError("--seconds needs a number from 5 to 300", usage);
}
const only = args.only?.split(",").map((name) => name.trim());
const all = [...TOOLS, ...INNOCENTS].map(({ name }) => name);
for (const name of only ?? []) {
  if (!all.includes(name)) {
    usageError(`--only knows no "${name}": expected ${all.join(", ")}`, usage);
  }
}
const isWanted = ({ name }: { name: string }) => only?.includes(name) ?? true;

const tools = [];
for (const [number, tool] of TOOLS.entries()) {
  if (!isWanted(tool)) continue;
  const missing = await missingFor(tool);
  if (missing.length === 0) tools.push(partsOf(tool, number + 1));
  else console.error(`${tool.name} is skipped: no ${missing.join(", ")} here`);
}
const peaceful = [];
for (const [number, one] of INNOCENTS.entries()) {
  if (!isWanted(one)) continue;
  const missing = await missingFor(one);
  if (missing.length === 0) peaceful.push(innocentPart(one, number + 1));
  else console.error(`${one.name} is skipped: no ${missing.join(", ")} here`);
}

const attackers: Outcome[] = [];
let innocents: Outcome[] = [];
{
  await using stage = await openStage();
  const quiet = stage.play(peaceful, seconds * 1_000);
  while (tools.length > 0) {
    const parts = tools.splice(0, AT_ONCE).flat();
    attackers.push(...await stage.play(parts, seconds * 1_000));
  }
  innocents = await quiet;
}
const wrong = failures(attackers, innocents);
if (args.json) {
  console.log(JSON.stringify({ attackers, innocents, wrong }, null, 2));
} else {
  console.log(`${tableOf(attackers)}\n\n${tableOf(innocents)}`);
}
if (wrong.length > 0) {
  console.error(`Failed: ${wrong.join("; ")}`);
  Deno.exit(1);
}
