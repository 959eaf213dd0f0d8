import { assertEquals, assertNotEquals } from "@std/assert";
import { secretKey } from "../../lib/store/secret_key.ts";
import { openKv } from "../../lib/store/open.ts";

Deno.test("secretKey() is the same for all who ask at once, from several connections to a new file", async () => {
  const folder = await Deno.makeTempDir();
  const stores = await Promise.all(
    Array.from({ length: 6 }, () => openKv(`${folder}/kv.db`)),
  );
  try {
    const found = await Promise.all(
      stores.map((kv) => secretKey(kv, ["a_key"])),
    );
    assertEquals(found[0]!.length, 32);
    for (const key of found) assertEquals(key, found[0]);
    assertNotEquals(await secretKey(stores[0]!, ["another_key"]), found[0]);
  } finally {
    for (const kv of stores) kv.close();
    await Deno.remove(folder, { recursive: true });
  }
});
