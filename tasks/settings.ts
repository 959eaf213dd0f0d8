/** `deno task settings`: every setting; updates the files generated from their table. */
import {
  describeSettings,
  envExample,
  optionsModule,
  settingsHelp,
  settingsTable,
} from "../lib/settings/describe.ts";
import { printableJson } from "../lib/base/text.ts";
import { fail, parseTaskArgs } from "./_cli.ts";

const args = parseTaskArgs({
  usage: "deno task settings [--json] [--write]",
  about: "Lists all settings with their purpose and default.",
  flags: {
    json: "print JSON",
    write:
      "in a checkout: write README's table, .env.example and the options' types from lib/settings/table.ts",
  },
});

const ROOT = new URL("../", import.meta.url);

if (args.write) await writeDocuments();
else if (args.json) console.log(printableJson(describeSettings()));
else console.log(settingsHelp());

async function writeDocuments(): Promise<void> {
  const readme = new URL("README.md", ROOT);
  const text = await Deno.readTextFile(readme);
  const table = /^\| variable +\| default +\|.*\n(?:\|.*\n)+/m;
  if (!table.test(text)) {
    fail(
      "Cannot write README.md: expected a table that begins with | variable",
    );
  }
  await Deno.writeTextFile(
    readme,
    text.replace(table, () => `${settingsTable()}\n`),
  );
  await Deno.writeTextFile(new URL(".env.example", ROOT), envExample());
  await Deno.writeTextFile(
    new URL("lib/settings/options.ts", ROOT),
    optionsModule(),
  );
}
