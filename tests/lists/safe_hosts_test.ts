import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Refusal } from "../../lib/base/refusal.ts";
import { AccessLists } from "../../lib/lists/access_lists.ts";
import { allowIp, blockIp, disallowIp } from "../../lib/lists/access_store.ts";
import { listAccess } from "../../lib/lists/access_read.ts";
import {
  allowHost,
  disallowHost,
  hostOf,
  listSafeHosts,
  refreshSafeHosts,
  safeHostName,
} from "../../lib/lists/safe_hosts.ts";
import { Clock, dump } from "./_access.ts";

async function bench() {
  const kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const dns = new Map<string, string[] | Error>();
  const context = {
    kv,
    now: clock.now,
    resolver: {
      forward(name: string) {
        const answer = dns.get(name) ?? [];
        return answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve(answer);
      },
    },
  };
  const safe = async () =>
    (await listAccess(kv, "safe", { now: clock.now, limit: 500 })).items
      .map(({ ip_address, created_by }) => `${ip_address} ${created_by}`);
  return {
    ...{ kv, clock, dns, context, safe },
    allow: (host: string, expires_at: number | null = null) =>
      allowHost(context, { host, created_by: "root", expires_at }),
    [Symbol.dispose]: () => kv.close(),
  };
}

Deno.test("a name stands on the safelist with its addresses, follows them, and goes with them", async () => {
  using b = await bench();
  b.dns.set("office.example", ["192.0.2.8", "2001:db8::8", "192.0.2.8"]);
  const { host } = await b.allow("Office.Example.");
  assertEquals(host.addresses, ["192.0.2.8", "2001:db8::8"]);
  assertEquals(await b.safe(), [
    "192.0.2.8 host:office.example",
    "2001:db8::8 host:office.example",
  ]);
  b.dns.set("office.example", ["192.0.2.9", "2001:db8::8"]);
  const { hosts } = await refreshSafeHosts(b.context);
  assertEquals(hosts.map(({ isChanged, error }) => [isChanged, error]), [
    [true, null],
  ]);
  assertEquals(await b.safe(), [
    "192.0.2.9 host:office.example",
    "2001:db8::8 host:office.example",
  ]);
  const { removed } = await disallowHost(b.kv, b.clock.now, "office.example");
  assertEquals(removed?.host, "office.example");
  assertEquals(await b.safe(), []);
  const again = await disallowHost(b.kv, b.clock.now, "office.example");
  assertEquals([again.removed, again.changes], [null, []]);
});

Deno.test("the last answer is kept where nobody answers, or there is no address any more", async () => {
  using b = await bench();
  b.dns.set("a.example", ["192.0.2.8"]);
  await b.allow("a.example");
  for (
    const [answer, says] of [
      [new Error("SERVFAIL"), "DNS does not answer (SERVFAIL)"],
      [[], "it has no address"],
      [["0.0.0.0", "::", "224.0.0.1", "nonsense"], "it has no address"],
    ] as const
  ) {
    b.clock.ms += 300_000;
    b.dns.set("a.example", answer as string[] | Error);
    const { hosts, changes } = await refreshSafeHosts(b.context);
    assertEquals([hosts[0]!.error, changes], [says, []]);
    assertEquals(await b.safe(), ["192.0.2.8 host:a.example"]);
    const [stored] = await listSafeHosts(b.kv, b.clock.ms);
    assertEquals([stored!.error, stored!.resolved_at], [
      says,
      new Clock().ms,
    ]);
  }
  b.dns.set("a.example", ["192.0.2.9"]);
  await refreshSafeHosts(b.context);
  const [stored] = await listSafeHosts(b.kv, b.clock.ms);
  assertEquals([stored!.error, stored!.resolved_at], [null, b.clock.ms]);
});

Deno.test("ordered again, a name's new reason or end becomes that of its addresses", async () => {
  using b = await bench();
  b.dns.set("a.example", ["192.0.2.8"]);
  const later = b.clock.ms + 3_600_000;
  for (
    const [reason, expires_at] of [
      ["office", null],
      ["branch", null],
      ["branch", later],
      ["branch", later + 1],
      ["office", null],
    ] as const
  ) {
    const order = { host: "a.example", created_by: "root", reason, expires_at };
    const { changes } = await allowHost(b.context, order);
    assertEquals(changes.length, 1);
    const { items } = await listAccess(b.kv, "safe", { now: b.clock.now });
    assertEquals(
      items.map((entry) => [entry.reason, entry.expires_at]),
      [[reason, expires_at]],
    );
  }
});

Deno.test("a name that has no address is not put on the list, and nothing is written", async () => {
  using b = await bench();
  b.dns.set("dead.example", new Error("timed out"));
  for (const host of ["dead.example", "nobody.example"]) {
    await assertRejects(() => b.allow(host), Refusal, `Cannot allow ${host}`);
  }
  assertEquals(await dump(b.kv), []);
});

Deno.test("what people put on the list themselves stays as it is", async () => {
  using b = await bench();
  const { now } = b.context;
  await allowIp(b.kv, now, { ip: "192.0.2.8", created_by: "ann" });
  b.dns.set("a.example", ["192.0.2.8", "192.0.2.9"]);
  await b.allow("a.example");
  assertEquals(await b.safe(), ["192.0.2.8 ann", "192.0.2.9 host:a.example"]);
  await disallowHost(b.kv, now, "a.example");
  assertEquals(await b.safe(), ["192.0.2.8 ann"]);
  await b.allow("a.example");
  // After it was removed manually, it is an address of the name again.
  await disallowIp(b.kv, now, "192.0.2.8");
  await refreshSafeHosts(b.context);
  assertEquals(await b.safe(), [
    "192.0.2.8 host:a.example",
    "192.0.2.9 host:a.example",
  ]);
  await assertRejects(
    () => disallowIp(b.kv, now, "192.0.2.9"),
    Refusal,
    "an address of a.example",
  );
});

Deno.test("a name ends with its time, and its addresses with it, whether anybody refreshes or not", async () => {
  using b = await bench();
  b.dns.set("a.example", ["192.0.2.8"]);
  b.dns.set("b.example", ["192.0.2.8"]);
  const end = b.clock.ms + 3_600_000;
  await b.allow("a.example", end);
  await b.allow("b.example", end - 1);
  b.clock.ms = end - 1;
  assertEquals(await b.safe(), ["192.0.2.8 host:a.example"]);
  b.clock.ms = end;
  assertEquals(await b.safe(), []);
  assertEquals(await listSafeHosts(b.kv, b.clock.ms), []);
  assertEquals((await refreshSafeHosts(b.context)).changes, []);
});

Deno.test("other processes follow, and a block of the address has no effect meanwhile", async () => {
  using b = await bench();
  const { now } = b.context;
  await blockIp(b.kv, now, { ip: "192.0.2.0/24", created_by: "ann" });
  await using other = await AccessLists.open(b.kv, { now, pollMs: 1e6 });
  b.dns.set("a.example", ["192.0.2.8"]);
  await b.allow("a.example");
  await other.poll();
  assertEquals(other.match("192.0.2.8", now())?.kind, "safe");
  b.dns.set("a.example", ["198.51.100.1"]);
  await refreshSafeHosts(b.context);
  await other.poll();
  assertEquals(other.match("192.0.2.8", now())?.kind, "blocked");
  assertEquals(other.match("198.51.100.1", now())?.kind, "safe");
});

Deno.test("after any orders and answers, the list holds what the names resolve to, and what people put there", async () => {
  const names = ["a.example", "b.example"];
  const ips = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
  const step = fc.oneof(
    fc.record({
      do: fc.constant("answer" as const),
      name: fc.constantFrom(...names),
      found: fc.subarray(ips, { minLength: 1 }),
    }),
    fc.record({
      do: fc.constantFrom("allow" as const, "disallow" as const),
      name: fc.constantFrom(...names),
    }),
    fc.record({ do: fc.constant("refresh" as const) }),
    fc.record({
      do: fc.constant("by hand" as const),
      ip: fc.constantFrom(...ips),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      using b = await bench();
      for (const name of names) b.dns.set(name, [ips[0]!]);
      const listed = new Map<string, string[]>();
      const hand = new Set<string>();
      for (const each of steps) {
        if (each.do === "answer") b.dns.set(each.name, each.found);
        if (each.do === "allow") {
          await b.allow(each.name);
          listed.set(each.name, b.dns.get(each.name) as string[]);
        }
        if (each.do === "disallow") {
          await disallowHost(b.kv, b.context.now, each.name);
          listed.delete(each.name);
        }
        if (each.do === "refresh") {
          await refreshSafeHosts(b.context);
          for (const name of listed.keys()) {
            listed.set(name, b.dns.get(name) as string[]);
          }
        }
        if (each.do === "by hand") {
          await allowIp(b.kv, b.context.now, {
            ip: each.ip,
            created_by: "ann",
          });
          hand.add(each.ip);
        }
      }
      const { items } = await listAccess(b.kv, "safe", {
        now: b.context.now,
        limit: 500,
      });
      const expected = ips.filter((ip) =>
        hand.has(ip) || [...listed.values()].some((all) => all.includes(ip))
      );
      assertEquals(items.map(({ ip_address }) => ip_address), expected);
      for (const item of items) {
        assertEquals(hostOf(item) === null, hand.has(item.ip_address));
      }
    }),
    { numRuns: 60 },
  );
});

const SPELLINGS: [text: string, name: string | null][] = [
  ["monitor.example.org", "monitor.example.org"],
  [" Monitor.EXAMPLE.org. ", "monitor.example.org"],
  ["gateway", "gateway"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["192.0.2.7", null],
  ["192.0.2.0/24", null],
  ["192.0.2", null],
  ["192.0.2.300", null],
  ["0x7f.1", null],
  ["2001:db8::7", null],
  ["[2001:db8::7]", null],
  ["monitor.example.org:8080", null],
  ["user@monitor.example.org", null],
  ["https://monitor.example.org", null],
  ["monitor.example.org/status", null],
  ["a b.example", null],
  ["a..example", null],
  ["%61.example", null],
  ["", null],
  [`${"a".repeat(64)}.${"b".repeat(250)}`, null],
];

for (const [text, name] of SPELLINGS) {
  Deno.test(`${JSON.stringify(text.slice(0, 40))} is ${name ?? "no name"}`, () => {
    assertEquals(safeHostName(text), name);
  });
}
