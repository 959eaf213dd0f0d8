/** `deno task man`: the manual page, generated from the commands' arguments. */
import { RELEASED_AT, VERSION } from "../lib/base/version.ts";
import { describeSettings } from "../lib/settings/describe.ts";
import { parseTaskArgs } from "./_cli.ts";
import { COMMANDS, GROUPS, specOf } from "./_commands.ts";
import { blocks, paragraph, roff, tagged } from "./_roff.ts";

parseTaskArgs({
  usage: "deno task man",
  about: "Prints the manual page of the program `portcullis`.",
  more: "portcullis man > /usr/local/share/man/man1/portcullis.1",
});

const date = new Date(RELEASED_AT).toISOString().slice(0, 10);
const lines = [
  `.TH PORTCULLIS 1 "${date}" "portcullis ${VERSION}" "Portcullis"`,
  ".SH NAME",
  "portcullis \\- protects web apps: logs requests, detects and blocks attackers",
  ".SH SYNOPSIS",
  ".B portcullis",
  ".RI [ command ]",
  ".RI [ options ]",
  ".SH DESCRIPTION",
  ...paragraph(
    "Protects a web app: logs every request, refuses blocked addresses, limits and challenges clients, and detects attacks. Without a command it starts the server.",
  ),
];
for (const [group, title] of Object.entries(GROUPS)) {
  const members = COMMANDS.filter((command) =>
    command.group === group && command.run
  );
  if (members.length === 0) continue;
  lines.push(`.SH ${title.toUpperCase()}`);
  for (const command of members) {
    const { usage, about, options = {}, flags = {}, more } = await specOf(
      command,
    );
    lines.push(
      `.SS ${roff(usage.replace(/^deno task/, "portcullis"))}`,
      ...paragraph(about),
    );
    for (const [name, [value, help]] of Object.entries(options)) {
      const term = `.BI ${roff(`--${name}`)} " ${roff(value)}"`;
      lines.push(...tagged([term], help));
    }
    for (const [name, help] of Object.entries(flags)) {
      lines.push(...tagged([`.B ${roff(`--${name}`)}`], help));
    }
    // The list of variables has its own section.
    if (more && !more.includes("\n  ")) lines.push(...blocks(more));
  }
}
lines.push(
  ".SH EXIT STATUS",
  ".TP",
  "0",
  "done",
  ".TP",
  "1",
  "failure",
  ".TP",
  "2",
  "wrong arguments",
  ".SH ENVIRONMENT",
);
for (const { name, help, default: fallback } of describeSettings()) {
  const text = `${help}${fallback ? ` (${fallback})` : ""}`;
  lines.push(...tagged([`.B ${name}`], text.replaceAll("`", "")));
}
console.log(lines.join("\n"));
