/** `deno task policy`: the active policy, and what a file would change. */
import { fileTrouble } from "../lib/base/error_words.ts";
import { formatDuration, parseDuration } from "../lib/base/duration.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { parseTime } from "../lib/http/list_query.ts";
import { AccessLists } from "../lib/lists/access_lists.ts";
import { fixedRules } from "../lib/policy/fixed_rules.ts";
import { PolicyFile } from "../lib/policy/policy_file.ts";
import {
  applyPolicy,
  changesBetween,
  declaredRules,
  storedPolicy,
} from "../lib/policy/policy_store.ts";
import { type Declaration, readPolicy } from "../lib/policy/read_rules.ts";
import { rehearsePolicy } from "../lib/policy/rehearse.ts";
import { policySchema } from "../lib/policy/schema.ts";
import { issueText, PolicyError } from "../lib/policy/rule_error.ts";
import { fail, parseTaskArgs, usageError } from "./_cli.ts";
import { type TaskStore, withStore } from "./_store.ts";

const usage =
  "deno task policy [show | check FILE | apply FILE | rehearse FILE --since 7d | schema] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Shows the policy in force, checks a file, applies it, or rehearses it on the stored requests; or prints the JSON schema by which editors complete and check a file.",
  options: {
    since: ["TIME|DURATION", "for rehearse: the start, such as 7d (7d)"],
  },
  flags: { json: "print JSON" },
  positional: { min: 0, max: 2, what: "a subcommand and at most one file" },
  more:
    "If POLICY_FILE is set or ./portcullis.jsonc exists, the server uses the rules of that file, and\n" +
    "apply only changes the rules for servers without one.",
});

const [verb = "show", file] = args.positional;
const VERBS = ["show", "check", "apply", "rehearse", "schema"];
if (!VERBS.includes(verb)) {
  usageError(
    `Unknown subcommand ${JSON.stringify(verb)}, expected one of ${
      VERBS.join(", ")
    }`,
    usage,
  );
}
const takesFile = verb !== "show" && verb !== "schema";
if (takesFile !== (file !== undefined)) {
  usageError(
    takesFile ? `${verb} needs a file` : `${verb} takes no file`,
    usage,
  );
}
if (args.since !== undefined && verb !== "rehearse") {
  usageError("--since is for rehearse", usage);
}
const now = Date.now();
const since = sinceOf(args.since ?? "7d");

if (verb === "schema") console.log(JSON.stringify(policySchema(), null, 2));
else if (verb === "check") check(await declarationIn(file!));
else {
  const declaration = file === undefined ? null : await declarationIn(file);
  await withStore(async (store) => {
    if (declaration === null) await show(store);
    else if (verb === "apply") await apply(store, declaration);
    else await rehearse(store, declaration);
  });
}

async function declarationIn(file: string): Promise<Declaration> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    fail(`Cannot read ${JSON.stringify(file)}: ${fileTrouble(error)}`);
  }
  try {
    return readPolicy(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    if (args.json && verb === "check") {
      console.log(printableJson({ errors: error.issues }));
    }
    const [first, ...more] = error.issues;
    // One line on standard error says what was expected; the others go to the output.
    if (!args.json && verb === "check") {
      for (const issue of more) {
        console.log(escapeControl(`${file}: ${issueText(issue)}`));
      }
    }
    fail(`${file}: ${issueText(first!)}`);
  }
}

function check({ rules }: Declaration): void {
  if (args.json) console.log(printableJson({ errors: [] }));
  else {console.log(
      escapeControl(`${file} is valid: ${count(rules.length, "rule")}.`),
    );}
}

async function show({ kv, config }: TaskStore): Promise<void> {
  const fixed = fixedRules(config);
  const stored = await storedPolicy(kv);
  const fromFile = config.policyFile;
  const rules = fromFile
    ? (await new PolicyFile(fromFile).read())!.declared
    : declaredRules(stored);
  if (args.json) {
    console.log(printableJson({ rules, fixed }));
    return;
  }
  const source = fromFile
    ? `from ${fromFile}`
    : stored === null
    ? "none was applied"
    : `version ${stored.version}, applied by ${stored.by} at ${
      new Date(stored.at).toISOString()
    }`;
  console.log(escapeControl(`${count(rules.length, "rule")}: ${source}`));
  for (const rule of rules) console.log(`  ${printableJson(rule, 0)}`);
  console.log("Set by the environment:");
  for (const { name, limit, variable } of fixed) {
    console.log(`  ${name}: ${limit} (${variable})`);
  }
}

async function apply(
  { kv, config }: TaskStore,
  { declared }: Declaration,
): Promise<void> {
  const before = declaredRules(await storedPolicy(kv));
  const changes = changesBetween(before, declared);
  const stored = await applyPolicy(kv, { rules: declared, by: "policy", now });
  if (args.json) {
    console.log(printableJson({ version: stored.version, ...changes }));
  } else {
    for (
      const [sign, names] of Object.entries({
        "+": changes.added,
        "-": changes.removed,
        "~": changes.changed,
      })
    ) {
      for (const name of names) console.log(escapeControl(`${sign} ${name}`));
    }
    console.log(
      `Applied version ${stored.version}: ${count(declared.length, "rule")}.`,
    );
  }
  if (config.policyFile) {
    console.error(
      escapeControl(
        `${config.policyFile} is in force for servers that read it; others use the applied policy`,
      ),
    );
  }
}

async function rehearse(
  { kv, config, now }: TaskStore,
  { declared }: Declaration,
): Promise<void> {
  using lists = await AccessLists.open(kv, { now });
  const result = await rehearsePolicy({
    ...{ kv, now, since, rules: declared },
    ipv6Prefix: config.ipv6Prefix,
    hasAddresses: config.privacyIp === "full",
    isSafe: (ip) => lists.match(ip, now())?.kind === "safe",
  });
  if (args.json) {
    console.log(printableJson({
      ...result,
      since: new Date(result.since).toISOString(),
      until: new Date(result.until).toISOString(),
    }));
    return;
  }
  console.log(
    `${count(result.requests, "request")} of the last ${
      formatDuration(result.until - result.since)
    }:`,
  );
  for (const rule of result.rules) {
    const unknown = rule.unknown.length === 0
      ? ""
      : `, upper bound: the log does not contain ${rule.unknown.join(", ")}`;
    console.log(
      `  ${escapeControl(rule.name)}: ${count(rule.requests, "request")} of ${
        count(rule.clients, "client")
      }, ${count(rule.users, "signed-in user")}, ${
        count(rule.crawlers, "crawler")
      }${unknown}`,
    );
    for (const { ip_address, requests } of rule.top) {
      console.log(`    ${ip_address}: ${requests}`);
    }
  }
}

function sinceOf(text: string): number {
  const time = parseTime(text);
  if (time !== null) return time;
  try {
    return now - parseDuration(text);
  } catch {
    usageError(
      `--since is ${
        JSON.stringify(text)
      }, expected a time or a duration such as 7d`,
      usage,
    );
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
