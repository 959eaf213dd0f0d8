/** `deno task start` that writes what it holds in memory beside its store on SIGUSR2. */
const file = `${Deno.env.get("KV_PATH")}.memory.json`;
Deno.addSignalListener("SIGUSR2", () => {
  Deno.writeTextFileSync(file, JSON.stringify(Deno.memoryUsage()));
});
await import("../tasks/start.ts");
