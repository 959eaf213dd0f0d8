/** `deno task ok`: all checks that must pass before a change is shared. */
import { parseTaskArgs } from "./_cli.ts";

parseTaskArgs({
  usage: "deno task ok",
  about:
    "Checks format, lint and types, runs every test and the examples in the documentation.",
});

const STEPS = [
  ["fmt", "--check", "--quiet"],
  ["lint", "--quiet"],
  ["check", "--quiet"],
  ["task", "--quiet", "test"],
  ["test", "--quiet", "-A", "--doc", "lib", "mod.ts", "dbip.ts", "asn.ts"],
];

for (const args of STEPS) {
  console.log(`deno ${args.join(" ")}`);
  const { code } = await new Deno.Command("deno", { args }).spawn().status;
  if (code !== 0) {
    console.error(`deno ${args.join(" ")} failed`);
    Deno.exit(1);
  }
}
console.log("ok");
