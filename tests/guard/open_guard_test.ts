import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { lazyGuard } from "../../lib/guard/lazy_guard.ts";
import { openGuard } from "../../lib/guard/open_guard.ts";
import { keys } from "../../lib/store/keys.ts";
import { SCHEMA_VERSION, SchemaError } from "../../lib/store/schema.ts";

const rows = async (kv: Deno.Kv) =>
  (await Array.fromAsync(kv.list({ prefix: [] }))).map(({ key }) => key);

Deno.test("openGuard() says in a new store which layout it has, and brings an older one up to date", async () => {
  for (const stored of [null, 1]) {
    using kv = await Deno.openKv(":memory:");
    if (stored !== null) await kv.set(keys.schemaVersion(), stored);
    await using _guard = await openGuard(kv);
    const { value } = await kv.get(keys.schemaVersion());
    assertEquals(value, SCHEMA_VERSION);
  }
});

const unusable: [string, Deno.KvKey, unknown, string][] = [
  [
    "newer",
    keys.schemaVersion(),
    SCHEMA_VERSION + 1,
    "use the newer Portcullis",
  ],
  ["half restored", keys.restoring(), "abc", "restored incompletely"],
  [
    "half copied",
    keys.migrating(),
    { after: null },
    "copied into it incompletely",
  ],
];
for (const [what, key, value, words] of unusable) {
  Deno.test(`openGuard() refuses a store that is ${what}, and writes nothing to it`, async () => {
    using kv = await Deno.openKv(":memory:");
    await kv.set(key, value);
    const error = await assertRejects(() => openGuard(kv), SchemaError);
    assertStringIncludes(error.message, words);
    assertEquals(await rows(kv), [key]);
  });
}

Deno.test("an embedded guard on a newer store lets nobody through, and says why in one line", async () => {
  using kv = await Deno.openKv(":memory:");
  await kv.set(keys.schemaVersion(), SCHEMA_VERSION + 1);
  const told: string[] = [];
  await using guard = lazyGuard({
    kv,
    onError: (what, error) => told.push(`${what} ${error}`),
  });
  const request = new Request("http://localhost/");
  for (let i = 0; i < 3; i++) {
    const answer = await guard.handle(
      request,
      "198.51.100.7",
      () => new Response("through"),
    );
    assertEquals(answer.status, 503);
    await answer.body?.cancel();
  }
  assertEquals(told, [
    `sys_guard_open_fail SchemaError: its schema is ${
      SCHEMA_VERSION + 1
    }, expected at most ${SCHEMA_VERSION}: use the newer Portcullis that wrote it`,
  ]);
  assertEquals(await rows(kv), [keys.schemaVersion()]);
});
