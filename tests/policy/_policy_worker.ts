// One of several processes on one store: policy_processes_test.ts starts four of these.
import { guardHandler } from "../../lib/guard/mod.ts";

const [path, rules] = Deno.args as [string, string];
using kv = await Deno.openKv(path);
await using guarded = guardHandler(() => new Response("in"), {
  kv,
  policy: JSON.parse(rules),
});
await guarded.ready();
console.log("ready");

/** Sends requests concurrently; returns the number that passed. */
async function send(path: string, count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        guarded(new Request(`http://example.org${path}`), {
          remoteAddr: { transport: "tcp", hostname: "203.0.113.5", port: 1 },
          completed: Promise.resolve(),
        }),
    ),
  );
  return answers.filter(({ status }) => status === 200).length;
}

const decoder = new TextDecoder();
for await (const chunk of Deno.stdin.readable) {
  for (const line of decoder.decode(chunk).split("\n")) {
    if (line === "") continue;
    const [path, count] = line.split(" ");
    console.log(await send(path!, Number(count)));
  }
}
