/** `deno task help`: every command, in groups. */
import { isProgram, parseTaskArgs } from "./_cli.ts";
import { overview } from "./_commands.ts";

parseTaskArgs({
  usage: "deno task help",
  about: "Lists every command, in groups.",
});
console.log(
  isProgram() ? overview("portcullis", false) : overview("deno task", true),
);
