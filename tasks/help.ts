/** `deno task help`: every command, in groups. */
import { isProgram, parseTaskArgs, printResult } from "./_cli.ts";
import { COMMANDS, GROUPS, overview } from "./_commands.ts";

const args = parseTaskArgs({
  usage: "deno task help [--json]",
  about: "Lists every command, in groups.",
  flags: { json: "print JSON" },
});
const all = !isProgram();
printResult(
  args,
  COMMANDS.filter(({ run }) => all || run !== undefined)
    .map(({ name, group, about }) => ({ name, group: GROUPS[group], about })),
  overview(all ? "deno task" : "portcullis", all).split("\n"),
);
