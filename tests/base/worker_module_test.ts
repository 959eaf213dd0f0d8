import { assertEquals } from "@std/assert";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { workerModule } from "../../lib/base/worker_module.ts";

Deno.test("workerModule(): a file is what the worker begins with", () => {
  const file = new URL("file:///app/lib/worker.ts");
  assertEquals(workerModule(file), file);
});

Deno.test("workerModule(): a worker begins with a module of a registry, which is no file", async () => {
  const code = `import { parentPort, workerData } from "node:worker_threads";
parentPort!.postMessage([workerData as string, import.meta.url]);`;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response(code, { headers: { "content-type": "text/typescript" } }),
  );
  const module = new URL(
    `http://127.0.0.1:${server.addr.port}/${crypto.randomUUID()}/it's.ts`,
  );
  const worker = new Worker(workerModule(module), { workerData: "given" });
  const [said] = await once(worker, "message");
  await worker.terminate();
  assertEquals(said, ["given", module.href]);
});
