/** The program: every command that a running server needs, by name. */
import { nearest } from "../lib/base/nearest.ts";
import { quoted } from "../lib/base/quoted.ts";
import { beginProgram, printVersion } from "./_cli.ts";
import { COMMANDS, overview } from "./_commands.ts";
import { startAgain } from "./_start_again.ts";

const [name = "start", ...rest] = Deno.args;
const found = COMMANDS.find((command) =>
  command.name === name && command.run !== undefined
);
if (name === "--help" || name === "-h") {
  console.log(overview("portcullis", false));
} else if (name === "--version" || name === "-V") printVersion();
else if (found === undefined) {
  const meant = nearest(
    name,
    COMMANDS.filter(({ run }) => run).map(({ name }) => name),
  );
  console.error(
    `Unknown command ${
      quoted(name)
    }: expected one of \`help\`'s, such as ${meant}`,
  );
  Deno.exit(2);
} else if (typeof Deno.openKv !== "function") Deno.exit(await startAgain());
else {
  beginProgram(rest);
  await found.run!();
}
