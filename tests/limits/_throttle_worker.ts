// Takes part in a race on one window: throttle_test.ts starts several of these.
import { createThrottle } from "../../lib/limits/throttle.ts";

const [path, subject, attempts, limit] = Deno.args as [
  string,
  string,
  string,
  string,
];
using kv = await Deno.openKv(path);
const throttle = createThrottle({ kv, now: Date.now, name: "race" });
await kv.get(["warm"]);
// All start when the last one has opened the store.
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
await Deno.stdin.read(new Uint8Array(1));
const rate = { limit: Number(limit), windowMs: 3_600_000 };
const decisions = await Promise.all(
  Array.from({ length: Number(attempts) }, async (_, i) => {
    // Some concurrently, some while the first are being decided.
    await new Promise((resolve) => setTimeout(resolve, i % 5));
    return throttle.take(subject, rate);
  }),
);
console.log(decisions.filter((decision) => decision.allowed).length);
