import { assertEquals } from "@std/assert";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { workerModule } from "../../lib/base/worker_module.ts";

Deno.test("workerModule(): a file is what the worker begins with", () => {
  const file = new URL("file:///app/lib/worker.ts");
  assertEquals(workerModule(file), file);
});

Deno.test("workerModule(): of a registry's module, a worker begins with a line that imports it", async () => {
  const published = new URL("https://jsr.io/@p/p/1.0.0/lib/it's.ts?a=1&b#c");
  assertEquals(
    decodeURIComponent(workerModule(published).href),
    `data:text/javascript,import "${published.href}"`,
  );
  // Not from a server: downloads are written into deno.lock.
  const module = new URL(
    `data:text/typescript,${
      encodeURIComponent(
        `import { parentPort, workerData } from "node:worker_threads";
parentPort!.postMessage([workerData as string, import.meta.url]);`,
      )
    }`,
  );
  const worker = new Worker(workerModule(module), { workerData: "given" });
  const [said] = await once(worker, "message");
  await worker.terminate();
  assertEquals(said, ["given", module.href]);
});
