/** `deno task man`: the manual page, made of what each command says it takes. */
import { VERSION } from "../lib/base/version.ts";
import { describeSettings } from "../lib/settings/describe.ts";
import { parseTaskArgs } from "./_cli.ts";
import { COMMANDS, GROUPS, specOf } from "./_commands.ts";

parseTaskArgs({
  usage: "deno task man",
  about: "Prints the manual page of the program `portcullis`.",
  more: "portcullis man > /usr/local/share/man/man1/portcullis.1",
});

/** A text as roff takes it: nothing in it is a request. */
const roff = (text: string) =>
  text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll(
    /^([.'])/gm,
    "\\&$1",
  ).replaceAll(
    /[^\n\x20-\x7e]/gu,
    (letter) =>
      `\\[u${
        letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")
      }]`,
  );

const lines = [
  `.TH PORTCULLIS 1 "" "portcullis ${VERSION}" "Portcullis"`,
  ".SH NAME",
  `portcullis \\- ${
    roff("protects web apps: logs requests, detects attacks, blocks attackers")
  }`,
  ".SH SYNOPSIS",
  ".B portcullis",
  ".RI [ command ]",
  ".RI [ options ]",
  ".SH DESCRIPTION",
  roff(
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
      roff(about),
    );
    for (const [name, [value, help]] of Object.entries(options)) {
      lines.push(
        ".TP",
        `.BI ${roff(`--${name}`)} " ${roff(value)}"`,
        roff(help),
      );
    }
    for (const [name, help] of Object.entries(flags)) {
      lines.push(".TP", `.B ${roff(`--${name}`)}`, roff(help));
    }
    if (more && !more.includes("\n  ")) lines.push(".PP", roff(more));
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
  lines.push(
    ".TP",
    `.B ${name}`,
    roff(`${help.replaceAll("`", "")}${fallback ? ` (${fallback})` : ""}`),
  );
}
console.log(lines.join("\n"));
