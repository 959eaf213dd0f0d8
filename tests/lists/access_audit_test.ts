import { assertEquals } from "@std/assert";
import {
  allowIp,
  blockIp,
  disallowIp,
  unblockIp,
} from "../../lib/lists/access_store.ts";
import {
  audited,
  auditedHost,
  type ListAction,
} from "../../lib/lists/access_audit.ts";
import { allowHost, disallowHost } from "../../lib/lists/safe_hosts.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { listAudit, type Reversal } from "../../lib/store/audit.ts";
import { Clock } from "./_access.ts";

async function bench() {
  const kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const { now } = clock;
  return {
    ...{ kv, clock, now },
    also: (what: ListAction, ip: Parameters<typeof audited>[1]["ip"]) =>
      audited(what, { who: "ann", from: "192.0.2.1", ip, why: "scans" }, now),
    /** The latest entries of the trail. */
    async last() {
      const { items } = await listAudit(kv, { limit: 1, now: clock.ms });
      const { who, what, target, from, why, reverse } = items[0]!;
      return { who, what, target, from, why, reverse };
    },
    [Symbol.dispose]: () => kv.close(),
  };
}

const SAID = { who: "ann", from: "192.0.2.1", why: "scans" };

Deno.test("an address is named in its one spelling, however it was written", async () => {
  for (
    const [written, target] of [
      ["203.0.113.9", "203.0.113.9"],
      ["203.0.113.9/32", "203.0.113.9"],
      ["203.0.113.77/24", "203.0.113.0/24"],
      ["2001:DB8:0::1", "2001:db8::1"],
      ["::ffff:203.0.113.9", "203.0.113.9"],
      [parseCidr("203.0.113.0/24"), "203.0.113.0/24"],
    ] as const
  ) {
    using b = await bench();
    await blockIp(b.kv, b.now, {
      ip: written,
      created_by: "ann",
      also: b.also("block", written),
    });
    const { reverse: _, ...said } = await b.last();
    assertEquals(said, { ...SAID, what: "block", target });
  }
});

Deno.test("a name of the safelist is named as it is, and its undo holds what was there", async () => {
  using b = await bench();
  const context = {
    kv: b.kv,
    now: b.now,
    resolver: { forward: () => Promise.resolve(["192.0.2.8"]) },
  };
  const host = "office.example";
  const also = (what: "allow" | "disallow") =>
    auditedHost(
      what,
      { who: "ann", from: "192.0.2.1", host, why: "scans" },
      b.now,
    );
  const order = (reason: string) =>
    allowHost(context, {
      ...{ host: "Office.Example.", reason, created_by: "ann" },
      also: also("allow"),
    });
  const said = { ...SAID, target: host };
  const created_at = b.clock.ms;
  await order("one");
  const newly = { kind: "unlist_host", host, created_at } as const;
  assertEquals(await b.last(), { ...said, what: "allow", reverse: newly });
  b.clock.ms++;
  await order("two");
  const before = (reason: string): Reversal => ({
    ...{ kind: "relist_host", host, reason, created_by: "ann" },
    ...{ expires_at: null, addresses: ["192.0.2.8"] },
  });
  assertEquals(await b.last(), {
    ...{ ...said, what: "allow" },
    reverse: before("one"),
  });
  b.clock.ms++;
  await disallowHost(b.kv, b.now, host, also("disallow"));
  assertEquals(await b.last(), {
    ...{ ...said, what: "disallow" },
    reverse: before("two"),
  });
});

Deno.test("what was new is undone by taking it off; what was changed or taken off, by putting back what was there", async () => {
  const ip = "203.0.113.9";
  for (
    const [list, put, take, on, off] of [
      ["blocked", blockIp, unblockIp, "block", "unblock"],
      ["safe", allowIp, disallowIp, "allow", "disallow"],
    ] as const
  ) {
    using b = await bench();
    const order = (reason: string, expires_at: number | null) =>
      put(b.kv, b.now, {
        ...{ ip, reason, expires_at, created_by: "eve" },
        also: b.also(on, ip),
      });
    const first = b.clock.ms;
    await order("one", null);
    const newly = { kind: "unlist", list, ip_address: ip, created_at: first };
    assertEquals((await b.last()).reverse, newly as never);
    b.clock.ms += 1_000;
    const end = b.clock.ms + 60_000;
    await order("two", end);
    const entry = { kind: "relist", list, ip_address: ip, created_by: "eve" };
    assertEquals(
      (await b.last()).reverse,
      { ...entry, reason: "one", expires_at: null } as never,
    );
    b.clock.ms += 1_000;
    await take(b.kv, b.now, ip, b.also(off, ip));
    assertEquals(
      (await b.last()).reverse,
      { ...entry, reason: "two", expires_at: end } as never,
    );
  }
});
