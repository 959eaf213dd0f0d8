import { endingSignals } from "../lib/base/ending_signals.ts";

/** Deno's flags for the store and for jobs; they also reduce memory under load. */
const FLAGS = [
  "--unstable-kv",
  "--unstable-cron",
  "--v8-flags=--max-semi-space-size=16",
];

/** Runs this program again, with the flags it needs; resolves to its exit status. */
export async function startAgain(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--quiet",
      ...FLAGS,
      Deno.mainModule,
      ...Deno.args,
    ],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (const signal of endingSignals()) {
    // A terminal sends Ctrl-C to both; the second is recognised as the same.
    Deno.addSignalListener(signal, () => {
      try {
        child.kill(signal);
      } catch {
        // It has already ended.
      }
    });
  }
  const { code } = await child.status;
  return code;
}
