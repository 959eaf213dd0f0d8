import { assert, assertEquals } from "@std/assert";
import type { RequestItem } from "../../lib/log/request_item.ts";
import { runTask, startServer, temporaryKvPath } from "../_server.ts";
import { assertRefused } from "../tasks/_tasks.ts";
import { logIn, startWithAdmin } from "./_admin.ts";
import { waitFor } from "../_wait.ts";

interface Blocked {
  ip_address: string;
  reason: string;
  created_at: string;
  expires_at: string | null;
}

async function folderOf(kvPath: string) {
  const path = kvPath.slice(0, kvPath.lastIndexOf("/"));
  await Deno.stat(path);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("backup: taken under load and restored elsewhere, users log in, blocks and requests are there", async () => {
  const kvPath = await temporaryKvPath();
  await using folder = await folderOf(kvPath);
  const elsewhere = `${folder.path}/elsewhere.db`;
  const file = `${folder.path}/portcullis.bak`;
  let blocked: Blocked[];
  {
    await using server = await startWithAdmin({ kvPath });
    for (let n = 1; n <= 20; n++) {
      await server.api("/api/blocked", {
        method: "POST",
        json: {
          ip: `203.0.113.${n}`,
          reason: `before ${n}`,
          ...n % 2 ? { for: "24h" } : {},
        },
      });
    }
    for (let n = 0; n < 50; n++) {
      await (await fetch(`${server.origin}/before/${n}`)).body?.cancel();
    }
    await waitFor("50 records", async () => {
      const path = "/api/requests?path=/before/*";
      return (await server.all(path)).length >= 50;
    });
    blocked = await server.all<Blocked>("/api/blocked");

    let isOver = false;
    let during = 0;
    const load = [
      (async () => {
        while (!isOver) {
          await (await fetch(`${server.origin}/during/${during++}`)).body
            ?.cancel();
        }
      })(),
      (async () => {
        for (let n = 0; !isOver; n++) {
          const ip = `198.51.${n >> 8}.${n & 255}`;
          await server.api("/api/blocked", {
            method: "POST",
            json: { ip, reason: "during" },
          });
        }
      })(),
    ];
    const env = { KV_PATH: kvPath };
    const run = await runTask("backup", [file], { env });
    isOver = true;
    await Promise.all(load);
    assertEquals([run.code, run.stderr], [0, ""]);
    assert(/^Wrote \d+ entries to /.test(run.stdout), run.stdout);
    assert(during > 10, `${during} requests during the backup`);
    assert(!/"ERROR"/.test(server.errors()), server.errors());

    const refused = await runTask("restore", [file], { env });
    assertRefused(refused, 1, "it is not empty; --force");
  }
  const names = await Array.fromAsync(Deno.readDir(folder.path), (e) => e.name);
  assertEquals(
    names.filter((name) => !/^kv\.db/.test(name)),
    ["portcullis.bak"],
  );
  assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);

  const restored = await runTask("restore", [file], {
    env: { KV_PATH: elsewhere },
  });
  assertEquals([restored.code, restored.stderr], [0, ""]);
  await using server = await startServer({ kvPath: elsewhere });
  assertEquals(server.setupLink, null);
  const { all } = await logIn(server.origin);
  const there = await all<Blocked>("/api/blocked");
  assertEquals(there.filter(({ reason }) => reason !== "during"), blocked);
  const paths = (await all<RequestItem>("/api/requests?path=/before/*"))
    .map(({ path }) => path);
  assertEquals(new Set(paths).size, 50);

  // A consistent snapshot: the list's version and its entries belong together.
  await server.stop();
  using kv = await Deno.openKv(elsewhere);
  const { value: version } = await kv.get<number>(["access_version"]);
  const entries = await Array.fromAsync(
    kv.list({ prefix: ["access", "blocked"] }),
  );
  assertEquals(version, entries.length);
});

Deno.test("backup and restore: what cannot be done ends with one line, and nothing written", async (t) => {
  const kvPath = await temporaryKvPath();
  await using folder = await folderOf(kvPath);
  const env = { KV_PATH: kvPath };
  const none = `${folder.path}/none`;
  await Deno.writeTextFile(`${folder.path}/text`, "hello\n");
  const cases: [string, string, string[], 1 | 2, string][] = [
    ["no file", "backup", [], 2, "expected a file's name"],
    ["two files", "restore", ["a", "b"], 2, "expected a file's name"],
    ["no store", "backup", [none], 1, "no such file"],
    ["no backup", "restore", [none], 1, "no such file"],
    ["a text", "restore", [`${folder.path}/text`], 1, "it is not a backup"],
  ];
  for (const [name, task, args, code, says] of cases) {
    await t.step(name, async () => {
      assertRefused(await runTask(task, args, { env }), code, says);
    });
  }
  assertEquals(
    await Array.fromAsync(Deno.readDir(folder.path), (e) => e.name),
    ["text"],
  );
  (await Deno.openKv(kvPath)).close();
  for (
    const [name, file] of [["the store", kvPath], ["a folder", folder.path]]
  ) {
    await t.step(name!, async () => {
      assertRefused(
        await runTask("backup", [file!], { env }),
        1,
        "Cannot write",
      );
    });
  }
  await t.step("a folder that is not there", async () => {
    const run = await runTask("backup", [`${none}/b`], { env });
    assertRefused(run, 1, "expected a file's name in a folder that exists");
  });
});
