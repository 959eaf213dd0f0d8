import { assert, assertEquals, assertRejects } from "@std/assert";
import { blockMany } from "../../lib/lists/access_import.ts";
import { AccessLists } from "../../lib/lists/access_lists.ts";
import { checkIp, listAccess } from "../../lib/lists/access_read.ts";
import { allowIp } from "../../lib/lists/access_store.ts";
import { keys } from "../../lib/store/keys.ts";
import { Clock, faulty } from "./_access.ts";

const by = { created_by: "import" };

function* addresses(n: number) {
  for (let i = 0; i < n; i++) {
    yield { ip: `8.${i >> 16}.${i >> 8 & 255}.${i & 255}`, ...by };
  }
}

Deno.test("blockMany() counts what it refuses and goes on", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await allowIp(kv, now, { ip: "9.9.9.0/24", ...by });
  await allowIp(kv, now, { ip: "2001:db8::5", ...by });
  const texts = [
    "8.8.8.8",
    "9.9.9.9",
    "x",
    "127.0.0.1",
    "8.0.0.0/8",
    "2001:db8::/32",
    "8.8.4.4",
  ];
  const result = await blockMany(kv, now, texts.map((ip) => ({ ip, ...by })));
  assertEquals(result.written, 2);
  assertEquals(result.refused, 5);
  assertEquals(result.refusals.map(({ ip }) => ip), texts.slice(1, 6));
  assertEquals(result.changes.length, 1);
  assertEquals(result.changes[0]?.reload, undefined);
  const { items } = await listAccess(kv, "blocked", { now });
  assertEquals(items.map((e) => e.ip_address), ["8.8.4.4", "8.8.8.8"]);
});

for (const n of [0, 1, 40, 41, 499, 500, 501, 1_001]) {
  Deno.test(`blockMany() of ${n} entries reaches a follower`, async () => {
    using kv = await Deno.openKv(":memory:");
    const { now } = new Clock();
    await using lists = await AccessLists.open(kv, { now });
    const progress: number[] = [];
    const result = await blockMany(kv, now, addresses(n), {
      onProgress: (written) => progress.push(written),
    });
    assertEquals(result.written, n);
    assertEquals(progress.at(-1) ?? 0, n);
    assertEquals(result.changes.length, n ? 1 : 0);
    assert(await lists.poll());
    assertEquals(lists.sizes.blocked, n);
  });
}

Deno.test("blockMany() that breaks off announces what it wrote", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await using lists = await AccessLists.open(kv, { now });
  async function* broken() {
    yield* addresses(50_100);
    await Promise.reject(new Error("connection lost"));
  }
  await assertRejects(() => blockMany(kv, now, broken()), Error, "lost");
  await lists.poll();
  assertEquals(lists.sizes.blocked, 50_000);
});

Deno.test("blockMany() whose writes fail halfway announces those that did not", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  let writes = 0;
  const failing = faulty(kv, () => {
    // The safelist is read twice; then the writes follow, and finally the version is read.
    if (++writes === 5) throw new Error("disk full");
  });
  await assertRejects(
    () => blockMany(failing, now, addresses(1_500)),
    Error,
    "disk full",
  );
  await using lists = await AccessLists.open(kv, { now });
  assertEquals(lists.sizes.blocked, 1_000);
  assertEquals(lists.version, 1);
});

Deno.test("blockMany() rejects where KV fails", async () => {
  using kv = await Deno.openKv(":memory:");
  const failing = faulty(kv, () => {
    throw new Error("disk full");
  });
  await assertRejects(
    () => blockMany(failing, Date.now, addresses(3), { force: true }),
    Error,
    "disk full",
  );
  assertEquals((await kv.get(keys.accessVersion())).value, null);
});

Deno.test("blockMany() with force blocks what it would refuse", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  const result = await blockMany(kv, now, [{ ip: "127.0.0.1", ...by }], {
    force: true,
  });
  assertEquals(result.written, 1);
  assertEquals((await checkIp(kv, now, "127.0.0.1")).status, "blocked");
});
