/** `deno task dev`: like `deno task start`, from the sources, with watch and reload. */
import { endingSignals } from "../lib/base/ending_signals.ts";
import { parseTaskArgs } from "./_cli.ts";

parseTaskArgs({
  usage: "deno task dev",
  about: "Like `deno task start`, from the sources, with watch and reload.",
});

// A separate process: under --watch even `--help` would wait for a change and not end.
const child = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "--allow-net",
    "--allow-env",
    "--allow-read",
    "--allow-write",
    "--allow-run",
    "--allow-ffi",
    "--allow-sys",
    "--watch",
    "tasks/_dev_server.ts",
  ],
}).spawn();
let isEnding = false;
for (const signal of endingSignals()) {
  Deno.addSignalListener(signal, () => {
    isEnding = true;
    try {
      child.kill(signal);
    } catch {
      // It has already ended.
    }
  });
}
const { code } = await child.status;
Deno.exit(isEnding ? 0 : code);
