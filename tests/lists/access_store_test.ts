import { Refusal } from "../../lib/base/refusal.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { checkIp, listAccess } from "../../lib/lists/access_read.ts";
import {
  allowIp,
  blockIp,
  disallowIp,
  refusalToBlock,
  unblockIp,
} from "../../lib/lists/access_store.ts";
import { BlockHits } from "../../lib/lists/block_hits.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { keys } from "../../lib/store/keys.ts";
import { Clock, dump, twoConnections } from "./_access.ts";

const HOUR = 3_600_000;
const by = { created_by: "ada" };

Deno.test("blockIp() stores the canonical entry and one change", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  const { entry, changes } = await blockIp(kv, now, {
    ip: "2001:DB8:0:0::1",
    reason: "scans",
    expires_at: ms + HOUR,
    ...by,
  });
  assertEquals(entry, {
    ip_address: "2001:db8::1",
    reason: "scans",
    created_at: ms,
    created_by: "ada",
    expires_at: ms + HOUR,
  });
  assertEquals(changes, [{
    version: 1,
    at: ms,
    put: [{ list: "blocked", entry }],
    removed: [],
  }]);
  const stored = await kv.get(keys.access("blocked", "2001:db8::1"));
  assertEquals(stored.value, entry);
  assertEquals((await kv.get(keys.accessVersion())).value, 1);
  assertEquals((await kv.get(keys.accessChange(1))).value, {
    ...changes[0],
    expires_at: now() + 86_400_000,
  });
});

Deno.test("a block in one spelling holds in all", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await blockIp(kv, now, { ip: "2001:DB8:0:0::1", ...by });
  await blockIp(kv, now, { ip: "::ffff:198.51.100.4", ...by });
  for (const ip of ["2001:db8::1", "2001:0db8::0001"]) {
    assertEquals((await checkIp(kv, now, ip)).status, "blocked");
  }
  for (const ip of ["198.51.100.4", "::ffff:c633:6404"]) {
    assertEquals(
      (await checkIp(kv, now, ip)).entry?.ip_address,
      "198.51.100.4",
    );
  }
});

Deno.test("blockIp() again keeps the start, and takes the newer reason and end", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const start = clock.ms;
  await blockIp(kv, clock.now, { ip: "8.8.8.8", reason: "a", ...by });
  clock.ms += HOUR;
  const { entry } = await blockIp(kv, clock.now, {
    ip: "8.8.8.8",
    reason: "b",
    created_by: "bob",
    expires_at: clock.ms + HOUR,
  });
  assertEquals(entry, {
    ip_address: "8.8.8.8",
    reason: "b",
    created_at: start,
    created_by: "bob",
    expires_at: clock.ms + HOUR,
  });
});

Deno.test("blockIp() with extend never shortens a block", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  const block = async (hours: number | null) =>
    (await blockIp(kv, now, {
      ip: "8.8.8.8",
      created_by: "detection",
      expires_at: hours && ms + hours * HOUR,
      extend: true,
    })).entry.expires_at;
  assertEquals(await block(2), ms + 2 * HOUR);
  assertEquals(await block(1), ms + 2 * HOUR);
  assertEquals(await block(3), ms + 3 * HOUR);
  assertEquals(await block(null), null);
  assertEquals(await block(1), null);
});

Deno.test("blockIp() after the end begins anew, without the old hits", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const hits = new BlockHits(kv, clock.now);
  const order = { ip: "8.8.8.8", ...by, extend: true };
  await blockIp(kv, clock.now, { ...order, expires_at: clock.ms + HOUR });
  hits.record("8.8.8.8", clock.ms, 7);
  await hits.flush();
  assertEquals((await checkIp(kv, clock.now, "8.8.8.8")).entry?.hits, 7);
  clock.ms += HOUR;
  assertEquals((await checkIp(kv, clock.now, "8.8.8.8")).status, "none");
  const { entry } = await blockIp(kv, clock.now, {
    ...order,
    expires_at: clock.ms + 1,
  });
  assertEquals(entry.created_at, clock.ms);
  assertEquals(entry.expires_at, clock.ms + 1);
  assertEquals((await checkIp(kv, clock.now, "8.8.8.8")).entry?.hits, 0);
});

Deno.test("blockIp() again keeps the hits of a living block", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  const hits = new BlockHits(kv, now);
  await blockIp(kv, now, { ip: "8.8.8.8", ...by, expires_at: ms + HOUR });
  hits.record("8.8.8.8", ms, 7);
  await hits.flush();
  await blockIp(kv, now, { ip: "8.8.8.8", ...by });
  assertEquals((await checkIp(kv, now, "8.8.8.8")).entry?.hits, 7);
});

const REFUSED: [ip: string, message: string][] = [
  [
    "203.0.113",
    'Cannot block "203.0.113": expected an IP address or CIDR range',
  ],
  ["203.0.113.9O", 'Cannot block "203.0.113.9O": expected'],
  ["1.2.3.4/33", 'Cannot block "1.2.3.4/33": expected a prefix of /0 to /32'],
  ["127.0.0.1", "Cannot block 127.0.0.1 without force"],
  ["0.0.0.0/0", "Cannot block 0.0.0.0/0 without force"],
  ["10.0.0.1", "trusted proxy 10.0.0.0/24"],
  ["198.51.0.0/16", "lock you out"],
  ["192.0.2.1", "safelisted 192.0.2.0/24"],
  ["192.0.0.0/16", "safelisted 192.0.2.0/24"],
];

for (const [ip, message] of REFUSED) {
  Deno.test(`blockIp() refuses ${ip} and writes nothing`, async () => {
    using kv = await Deno.openKv(":memory:");
    const { now } = new Clock();
    await allowIp(kv, now, { ip: "192.0.2.0/24", ...by });
    const before = await dump(kv);
    const order = {
      ip,
      ...by,
      trustedProxies: [parseCidr("10.0.0.0/24")],
      protectedIps: ["198.51.100.4"],
    };
    const error = await assertRejects(
      () => blockIp(kv, now, order),
      Error,
      message,
    );
    assert(error instanceof Refusal || error instanceof Refusal);
    assertEquals(await dump(kv), before);
    if (error instanceof Refusal && error.message.includes("force")) {
      assertEquals(await refusalToBlock(kv, now, order), error.message);
      await blockIp(kv, now, { ...order, force: true });
    }
  });
}

for (
  const [why, order] of [
    ["a long reason", { reason: "x".repeat(501) }],
    ["an end that has passed", { expires_at: 1 }],
    ["an end at this moment", { expires_at: new Clock().ms }],
    ["an end that is no number", { expires_at: NaN }],
    ["an end beyond all dates", { expires_at: Infinity }],
  ] as const
) {
  Deno.test(`blockIp() and allowIp() refuse ${why}`, async () => {
    using kv = await Deno.openKv(":memory:");
    const { now } = new Clock();
    for (const put of [blockIp, allowIp]) {
      await assertRejects(
        () => put(kv, now, { ip: "8.8.8.8", ...by, ...order }),
        Refusal,
        "Cannot list 8.8.8.8: expected",
      );
    }
    assertEquals(await dump(kv), []);
  });
}

Deno.test("unblockIp() takes the entry and its hits off, and tells when there is none", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ms, now } = new Clock();
  const { entry } = await blockIp(kv, now, { ip: "8.8.8.8", ...by });
  const hits = new BlockHits(kv, now);
  hits.record("8.8.8.8", ms);
  await hits.flush();
  const { removed, changes } = await unblockIp(kv, now, "::ffff:8.8.8.8");
  assertEquals(removed, entry);
  assertEquals(changes[0]?.removed, [{
    list: "blocked",
    ip_address: "8.8.8.8",
  }]);
  assertEquals((await checkIp(kv, now, "8.8.8.8")).status, "none");
  assertEquals((await kv.get(keys.blockHits("8.8.8.8"))).value, null);
  const again = await unblockIp(kv, now, "8.8.8.8");
  assertEquals(again, { removed: null, changes: [] });
  assertEquals((await kv.get(keys.accessVersion())).value, 2);
});

Deno.test("unblockIp() leaves a wider block, which checkIp() then shows", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await blockIp(kv, now, { ip: "8.8.8.0/24", reason: "range", ...by });
  await blockIp(kv, now, { ip: "8.8.8.8", ...by });
  await unblockIp(kv, now, "8.8.8.8");
  const check = await checkIp(kv, now, "8.8.8.8");
  assertEquals(check.status, "blocked");
  assertEquals(check.entry?.ip_address, "8.8.8.0/24");
});

Deno.test("allowIp() wins over blocks and lifts those it covers", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  const covered = ["8.8.8.8", "8.8.8.0/26", "8.8.8.0/24"];
  const others = ["8.8.9.1", "8.8.0.0/16", "80.8.8.8", "8.80.8.8"];
  for (const ip of [...covered, ...others]) {
    await blockIp(kv, now, { ip, ...by });
  }
  const { lifted, changes } = await allowIp(kv, now, {
    ip: "8.8.8.0/24",
    ...by,
  });
  assertEquals(lifted.map((e) => e.ip_address).sort(), covered.toSorted());
  assertEquals(changes.length, 1);
  const left = await listAccess(kv, "blocked", { now });
  assertEquals(left.items.map((e) => e.ip_address).sort(), others.toSorted());
  const check = await checkIp(kv, now, "8.8.8.8");
  assertEquals(check.status, "safe");
  assertEquals(check.entry?.ip_address, "8.8.8.0/24");
  assertEquals(check.blocked.map((e) => e.ip_address), ["8.8.0.0/16"]);
});

for (
  const [range, covered, outside] of [
    ["2001:db8::/32", ["2001:db8::", "2001:db8::1", "2001:db8:1::/48"], [
      "2001:db9::1",
      "2001:d::1",
    ]],
    ["2001:db8::/33", ["2001:db8::1", "2001:db8:0:1::/64"], [
      "2001:db8:8000::1",
    ]],
    ["2001:0:1::/48", ["2001:0:1::5", "2001:0:1:1:1:1:1:1"], ["2001::5"]],
    ["::/16", ["::5", "0:1::5", "0:1:1:1:1:1:1:1"], ["1::5"]],
    ["2001:db8:1:2:3:4:5:0/112", [
      "2001:db8:1:2:3:4:5:1",
      "2001:db8:1:2:3:4:5:ffff",
    ], ["2001:db8:1:2:3:4:6:1"]],
    ["8.0.0.0/7", ["9.1.1.1", "8.0.0.0/8"], ["10.1.1.1", "7.1.1.1"]],
    ["8.8.8.8", ["8.8.8.8"], ["8.8.8.80", "8.8.8.8/31"]],
  ] as const
) {
  Deno.test(`allowing ${range} lifts what it covers and nothing else`, async () => {
    using kv = await Deno.openKv(":memory:");
    const { now } = new Clock();
    for (const ip of [...covered, ...outside]) {
      await blockIp(kv, now, { ip, ...by, force: true });
    }
    const { lifted } = await allowIp(kv, now, { ip: range, ...by });
    assertEquals(lifted.map((e) => e.ip_address).sort(), covered.toSorted());
    const { items } = await listAccess(kv, "blocked", { now });
    assertEquals(items.length, outside.length);
  });
}

Deno.test("allowIp() lifts more blocks than fit one write", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  for (let i = 0; i < 900; i++) {
    await blockIp(kv, now, { ip: `8.8.${i >> 8}.${i & 255}`, ...by });
  }
  const { lifted, changes } = await allowIp(kv, now, {
    ip: "8.8.0.0/16",
    ...by,
  });
  assertEquals(lifted.length, 900);
  assertEquals(changes.length, 3);
  assertEquals((await listAccess(kv, "blocked", { now })).items, []);
});

Deno.test("disallowIp() takes an entry off the safelist", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await allowIp(kv, now, { ip: "8.8.8.0/24", reason: "office", ...by });
  assertEquals((await disallowIp(kv, now, "8.8.8.8")).removed, null);
  const { removed } = await disallowIp(kv, now, "8.8.8.9/24");
  assertEquals(removed?.reason, "office");
  await blockIp(kv, now, { ip: "8.8.8.8", ...by });
});

Deno.test("an expired entry is gone from every answer, its row or not", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const until = { ...by, expires_at: clock.ms + HOUR };
  await blockIp(kv, clock.now, { ip: "8.8.8.8", ...until });
  await allowIp(kv, clock.now, { ip: "9.9.9.9", ...until });
  clock.ms += HOUR - 1;
  assertEquals((await checkIp(kv, clock.now, "8.8.8.8")).status, "blocked");
  assertEquals((await checkIp(kv, clock.now, "9.9.9.9")).status, "safe");
  clock.ms += 1;
  assert((await kv.get(keys.access("blocked", "8.8.8.8"))).value);
  assertEquals((await checkIp(kv, clock.now, "8.8.8.8")).status, "none");
  assertEquals((await checkIp(kv, clock.now, "9.9.9.9")).status, "none");
  for (const list of ["blocked", "safe"] as const) {
    const { items } = await listAccess(kv, list, clock);
    assertEquals(items, []);
  }
  const allowed = await allowIp(kv, clock.now, { ip: "8.8.8.0/24", ...by });
  assertEquals(allowed.lifted, []);
  assertEquals((await unblockIp(kv, clock.now, "8.8.8.8")).removed, null);
  await blockIp(kv, clock.now, { ip: "9.9.9.9", ...by });
});

Deno.test("checkIp() names every entry that bears on an address", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  for (const ip of ["2001:db8::/32", "2001:db8::1", "2001:db8::/64", "::/0"]) {
    await blockIp(kv, now, { ip, ...by, force: true });
  }
  const check = await checkIp(kv, now, "2001:DB8::1");
  assertEquals(check.ip_address, "2001:db8::1");
  assertEquals(
    check.blocked.map((e) => e.ip_address),
    ["2001:db8::1", "2001:db8::/64", "2001:db8::/32", "::/0"],
  );
  assertEquals(check.entry, check.blocked[0]!);
  assertEquals((await checkIp(kv, now, "1.2.3.4")).status, "none");
});

for (const ip of ["", "8.8.8.0/24", "8.8.8", "localhost", "::1%lo"]) {
  Deno.test(`checkIp() refuses ${JSON.stringify(ip)}`, async () => {
    using kv = await Deno.openKv(":memory:");
    await assertRejects(
      () => checkIp(kv, Date.now, ip),
      Refusal,
      "expected an IP address",
    );
  });
}

Deno.test("listAccess() pages through all entries, each once", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  for (let i = 0; i < 25; i++) {
    const expires_at = i % 5 ? null : clock.ms + 1;
    await blockIp(kv, clock.now, { ip: `8.8.8.${i}`, ...by, expires_at });
  }
  clock.ms += 1;
  for (const limit of [1, 3, 10, 20, 21, 500]) {
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof listAccess>> = await listAccess(
        kv,
        "blocked",
        { now: clock.now, limit, cursor },
      );
      seen.push(...page.items.map((e) => e.ip_address));
      cursor = page.cursor;
      pages++;
    } while (cursor !== null);
    assertEquals(new Set(seen).size, 20);
    assertEquals(seen.length, 20);
    assertEquals(pages, Math.ceil(20 / limit));
  }
});

Deno.test("listAccess() searches all entries by address, range and text", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = new Clock();
  await blockIp(kv, now, { ip: "8.8.8.8", reason: "Probes wp-login", ...by });
  await blockIp(kv, now, { ip: "8.8.8.0/24", reason: "", created_by: "Bob" });
  await blockIp(kv, now, { ip: "2001:db8::1", reason: "", ...by });
  const find = async (search: string) =>
    (await listAccess(kv, "blocked", { now, search })).items
      .map((e) => e.ip_address);
  assertEquals(await find("WP-LOGIN"), ["8.8.8.8"]);
  assertEquals(await find("bob"), ["8.8.8.0/24"]);
  assertEquals(await find("8.8.8.9"), ["8.8.8.0/24"]);
  assertEquals(await find("8.0.0.0/8"), ["8.8.8.0/24", "8.8.8.8"]);
  assertEquals(await find("db8"), ["2001:db8::1"]);
  assertEquals(await find("2001:DB8:0::1"), ["2001:db8::1"]);
  assertEquals(await find("nothing"), []);
  assertEquals((await find(" ")).length, 3);
});

for (const cursor of ["x", "!!!!", "AAAA", "%00", "x".repeat(5_000)]) {
  Deno.test(`listAccess() survives the cursor ${JSON.stringify(cursor.slice(0, 9))}`, async () => {
    using kv = await Deno.openKv(":memory:");
    const { now } = new Clock();
    await blockIp(kv, now, { ip: "8.8.8.8", ...by });
    try {
      await listAccess(kv, "blocked", { now, cursor });
    } catch (error) {
      assert(error instanceof Refusal, `${error}`);
    }
  });
}

Deno.test("50 changes at once from two connections all count", async () => {
  await using stores = await twoConnections();
  const { now } = new Clock();
  await Promise.all(
    Array.from(
      { length: 50 },
      (_, i) =>
        blockIp(i % 2 ? stores.a : stores.b, now, { ip: `8.8.8.${i}`, ...by }),
    ),
  );
  assertEquals((await stores.a.get(keys.accessVersion())).value, 50);
  const { items } = await listAccess(stores.b, "blocked", { now });
  assertEquals(items.length, 50);
});

Deno.test("a block and an allow of one address at once never leave both", async () => {
  await using stores = await twoConnections();
  const { now } = new Clock();
  for (let i = 0; i < 10; i++) {
    const ip = `8.8.8.${i}`;
    await Promise.allSettled([
      blockIp(stores.a, now, { ip, ...by }),
      allowIp(stores.b, now, { ip, ...by }),
    ]);
    const check = await checkIp(stores.a, now, ip);
    assertEquals(check.status, "safe");
    assertEquals(check.blocked, []);
  }
});
