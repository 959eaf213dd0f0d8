import { assertEquals, assertRejects } from "@std/assert";
import { keys } from "../../lib/store/keys.ts";
import {
  bringUpToDate,
  type Migration,
  requireSchema,
  SCHEMA_VERSION,
  SchemaError,
} from "../../lib/store/schema.ts";
import { runTask, startServer, temporaryKvPath } from "../_server.ts";

async function version(kv: Deno.Kv): Promise<unknown> {
  return (await kv.get(keys.schemaVersion())).value;
}

/** Two steps that leave a trace; the second one can be made to fail. */
function steps(ran: number[], failing = false): Migration[] {
  return [2, 3].map((to) => ({
    to,
    run() {
      ran.push(to);
      return failing && to === 3
        ? Promise.reject(new Error("cut short"))
        : Promise.resolve();
    },
  }));
}

Deno.test("schema: a new store gets this code's version at the first start", async () => {
  using kv = await Deno.openKv(":memory:");
  await bringUpToDate(kv);
  assertEquals(await version(kv), SCHEMA_VERSION);
  await bringUpToDate(kv);
  await requireSchema(kv);
});

Deno.test("schema: a new store needs no migrations", async () => {
  using kv = await Deno.openKv(":memory:");
  const ran: number[] = [];
  await bringUpToDate(kv, { version: 3, migrations: steps(ran) });
  assertEquals([ran, await version(kv)], [[], 3]);
});

Deno.test("schema: an older store is migrated step by step, each once", async () => {
  for (const stored of [null, 1, 2, 3]) {
    using kv = await Deno.openKv(":memory:");
    await kv.set(keys.admins(), []);
    if (stored !== null) await kv.set(keys.schemaVersion(), stored);
    const ran: number[] = [];
    await bringUpToDate(kv, { version: 3, migrations: steps(ran) });
    assertEquals(ran, [2, 3].filter((to) => to > (stored ?? 1)));
    assertEquals(await version(kv), 3);
  }
});

Deno.test("schema: a migration that was cut short is run again, those before it are not", async () => {
  using kv = await Deno.openKv(":memory:");
  await kv.set(keys.schemaVersion(), 1);
  const ran: number[] = [];
  await assertRejects(() =>
    bringUpToDate(kv, { version: 3, migrations: steps(ran, true) })
  );
  assertEquals(await version(kv), 2);
  await bringUpToDate(kv, { version: 3, migrations: steps(ran) });
  assertEquals([ran, await version(kv)], [[2, 3, 3], 3]);
});

Deno.test("schema: a newer store and a half restored one are refused, by tasks an older one too", async () => {
  using kv = await Deno.openKv(":memory:");
  await requireSchema(kv, 2);
  await kv.set(keys.schemaVersion(), 1);
  await assertRejects(() => requireSchema(kv, 2), SchemaError, "expected 2");
  await kv.set(keys.schemaVersion(), SCHEMA_VERSION + 1);
  for (const check of [bringUpToDate, requireSchema]) {
    await assertRejects(
      () => check(kv),
      SchemaError,
      `expected at most ${SCHEMA_VERSION}`,
    );
  }
  await kv.set(keys.schemaVersion(), SCHEMA_VERSION);
  await kv.set(keys.restoring(), "0".repeat(64));
  for (const check of [bringUpToDate, requireSchema]) {
    await assertRejects(() => check(kv), SchemaError, "restored incompletely");
  }
});

Deno.test("schema: server and tasks write it, and end with one line where the store is newer", async () => {
  const kvPath = await temporaryKvPath();
  try {
    {
      await using _server = await startServer({ kvPath });
    }
    {
      using kv = await Deno.openKv(kvPath);
      assertEquals(await version(kv), SCHEMA_VERSION);
      await kv.set(keys.schemaVersion(), SCHEMA_VERSION + 1);
    }
    const env = { KV_PATH: kvPath, PORT: "0" };
    for (const name of ["start", "list-blocked"]) {
      const { code, stderr } = await runTask(name, [], { env });
      assertEquals(code, 1);
      assertEquals(
        stderr.replace(JSON.stringify(kvPath), "PATH"),
        `Cannot read KV at PATH (KV_PATH): its schema is ${
          SCHEMA_VERSION + 1
        }, expected at most ${SCHEMA_VERSION}: use the newer Portcullis that wrote it\n`,
      );
    }
  } finally {
    await Deno.remove(kvPath.slice(0, kvPath.lastIndexOf("/")), {
      recursive: true,
    });
  }
});
