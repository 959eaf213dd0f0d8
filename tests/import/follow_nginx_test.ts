import { assertEquals } from "@std/assert";
import { BulkWriter } from "../../lib/log/bulk_writer.ts";
import { chunkSize, recordAt } from "../../lib/log/log_chunk.ts";
import { storedChunks } from "../../lib/log/stored_chunks.ts";
import { LogImport } from "../../lib/import/import_logs.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { SeenLines } from "../../lib/import/seen_lines.ts";
import { waitFor } from "../_wait.ts";
import { startNginx } from "../clients/_nginx.ts";

const REQUESTS = 1_500;
const AT_ONCE = 8;

async function isInstalled(): Promise<boolean> {
  try {
    return (await new Deno.Command("nginx", { args: ["-v"] }).output()).success;
  } catch {
    return false;
  }
}

const hasNginx = await isInstalled();
if (!hasNginx) console.log("No nginx: following its log is not tested");

Deno.test({
  name:
    "the log of nginx, rotated twice under load, is followed with every request once",
  ignore: !hasNginx,
  async fn() {
    using kv = await Deno.openKv(":memory:");
    const folder = await Deno.makeTempDir({ prefix: "portcullis_nginx_" });
    const path = `${folder}/access.log`;
    const stop = new AbortController();
    try {
      await using nginx = await startNginx(
        folder,
        `access_log ${path} combined; location / { return 204; }`,
      );
      const retentionMs = 86_400_000;
      const logs = new LogImport({
        clientOf: createLogClient(),
        now: Date.now,
        seen: await SeenLines.open(kv, Date.now),
        writer: new BulkWriter({ kv, now: Date.now, retentionMs }),
        retentionMs,
      });
      await waitFor("the log", () => isThere(path));
      let rotations = 0;
      const following = logs.follow(path, stop.signal, () => rotations++, {
        pollMs: 20,
        lingerMs: 1_500,
      });
      let next = 0;
      const rotateAt = [REQUESTS / 3, 2 * REQUESTS / 3];
      const load = Array.from({ length: AT_ONCE }, async () => {
        while (next < REQUESTS) {
          const number = next++;
          if (rotateAt.includes(number)) await rotate(folder, path, number);
          const response = await fetch(`${nginx.url}/${number}`);
          await response.body?.cancel();
        }
      });
      await Promise.all(load);
      await waitFor(
        "every line",
        async () => (await pathsIn(kv)).length >= REQUESTS,
      );
      await waitFor("the last rotation", () => rotations === 2);
      stop.abort();
      await following;
    } finally {
      stop.abort();
      await Deno.remove(folder, { recursive: true });
    }
    const numbers = (await pathsIn(kv)).filter((each) => each !== "/")
      .map((each) => Number(each.slice(1))).sort((a, b) => a - b);
    assertEquals(numbers, Array.from({ length: REQUESTS }, (_, n) => n));
  },
});

/** Like logrotate: nginx is notified after the file was renamed, and writes to it until then. */
async function rotate(
  folder: string,
  path: string,
  number: number,
): Promise<void> {
  await Deno.rename(path, `${path}.${number}`);
  const pid = Number(await Deno.readTextFile(`${folder}/nginx.pid`));
  Deno.kill(pid, "SIGUSR1");
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function pathsIn(kv: Deno.Kv): Promise<string[]> {
  const paths: string[] = [];
  const chunks = storedChunks(kv, 0, Number.MAX_SAFE_INTEGER, Date.now);
  for await (const { chunk } of chunks) {
    for (let i = 0; i < chunkSize(chunk); i++) {
      paths.push(recordAt(chunk, i).path);
    }
  }
  return paths;
}
