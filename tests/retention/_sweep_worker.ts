// Sweeps a store step by step until the pass is complete: sweep_test.ts starts several, and kills
// one.
import { sweep } from "../../lib/retention/sweep.ts";

const [path, now, logRetention] = Deno.args as [string, string, string];
using kv = await Deno.openKv(path);
await kv.get(["warm"]);
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
await Deno.stdin.read(new Uint8Array(1));
let removed = 0;
while (true) {
  const result = await sweep({
    kv,
    now: () => Number(now),
    logRetention: Number(logRetention),
    maxEntries: 16,
  });
  removed += result.removed;
  if (result.ran) console.log(`step ${removed}`);
  if (result.isDone) break;
  await new Promise((resolve) => setTimeout(resolve, 5));
}
console.log(`done ${removed}`);
