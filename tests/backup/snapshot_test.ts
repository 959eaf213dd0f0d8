import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { copyRows, openSnapshot } from "../../lib/backup/snapshot.ts";

/** Everything in a store, including versions. */
async function rowsOf(kv: Deno.Kv): Promise<unknown[]> {
  return await Array.fromAsync(kv.list({ prefix: [] }));
}

Deno.test("openSnapshot() and copyRows() hold the store as it was, while it is written on", async () => {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_" });
  const file = `${folder}/kv.db`;
  using kv = await Deno.openKv(file);
  for (let i = 0; i < 300; i++) await kv.set(["n", i], { i, big: 2n ** 70n });
  await kv.set(["bytes", new Uint8Array([0, 255])], new Uint8Array(60_000));
  await kv.set(["later"], "x", { expireIn: 3_600_000 });
  await kv.atomic().sum(["sum"], 2n ** 63n).commit();
  const before = await rowsOf(kv);
  {
    await using snapshot = await openSnapshot(file, `${folder}/x.bak`);
    await kv.set(["after"], 1);
    assertEquals(await rowsOf(snapshot.kv), before);
  }
  await kv.delete(["after"]);
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    copyRows(db, `${folder}/copy'"s.db`);
  } finally {
    db.close();
  }
  await kv.set(["after"], 2);
  using copy = await Deno.openKv(`${folder}/copy'"s.db`);
  assertEquals(await rowsOf(copy), before);
  await copy.set(["new"], 1);
  assertEquals((await copy.get(["new"])).value, 1);
  await Deno.remove(folder, { recursive: true });
});
