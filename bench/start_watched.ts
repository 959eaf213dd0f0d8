/** `deno task start`, which on SIGUSR2 writes its memory use to a file next to its store. */
const file = `${Deno.env.get("KV_PATH")}.memory.json`;
Deno.addSignalListener("SIGUSR2", () => {
  Deno.writeTextFileSync(file, JSON.stringify(Deno.memoryUsage()));
});
await import("../tasks/start.ts");
