/** `deno task robots`: a robots.txt with the policy's rules for named crawlers. */
import { escapeTerminal, printableJson } from "../lib/base/text.ts";
import { PolicyFile } from "../lib/policy/policy_file.ts";
import { declaredRules, storedPolicy } from "../lib/policy/policy_store.ts";
import { readRules } from "../lib/policy/read_rules.ts";
import { robotsText } from "../lib/policy/robots.ts";
import { parseTaskArgs } from "./_cli.ts";
import { withStore } from "./_store.ts";

const args = parseTaskArgs({
  usage: "deno task robots [--json]",
  about:
    "Prints a robots.txt that tells crawlers what the policy does to them.",
  flags: { json: "print JSON" },
});

await withStore(async ({ kv, config }) => {
  const { rules } = config.policyFile
    ? (await new PolicyFile(config.policyFile).read())!
    : readRules(declaredRules(await storedPolicy(kv)));
  const text = robotsText(rules);
  if (args.json) console.log(printableJson({ text }));
  else Deno.stdout.writeSync(new TextEncoder().encode(escapeTerminal(text)));
});
