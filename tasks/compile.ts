/**
 * `deno task compile`: makes one executable of the app, its pages, the geolocation data and Deno.
 */
import { fail, parseTaskArgs } from "./_cli.ts";

const { output = "dist/portcullis", target } = parseTaskArgs({
  usage: "deno task compile [--output dist/portcullis] [--target TRIPLE]",
  about:
    "Builds a binary that runs without Deno, npm or a network: `portcullis`, `portcullis block-ip …`.",
  options: {
    output: ["FILE", "the output file (dist/portcullis)"],
    target: ["TRIPLE", "for another system, such as aarch64-unknown-linux-gnu"],
  },
  more:
    "Needs Deno's runtime for that system once, which `deno compile` downloads; or name a copy\n" +
    "of it in DENORT_BIN.",
});

const { success } = await new Deno.Command(Deno.execPath(), {
  args: [
    "compile",
    "--quiet",
    "--frozen",
    "--no-prompt",
    // As `deno task start`: up to a quarter less memory under load.
    "--v8-flags=--max-semi-space-size=16",
    "--allow-net",
    "--allow-env",
    "--allow-read",
    "--allow-write",
    "--allow-sys",
    // Read by path, not imported: the table of network operators, and workers.
    "--include=_fresh",
    "--include=tasks/_spec_worker.ts",
    "--include=lib/accounts/argon2_worker.ts",
    "--include=lib/app/job_worker.ts",
    "--include=lib/geo/dbip.ts",
    "--include=lib/geo/asn.ts",
    ...target ? ["--target", target] : [],
    "--output",
    output,
    "tasks/portcullis.ts",
  ],
  stdin: "null",
}).spawn().status;
if (!success) fail("Cannot compile: see above");
const { size } = await Deno.stat(output);
console.log(`${output}: ${Math.round(size / 1e6)} MB`);
