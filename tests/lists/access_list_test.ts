import { assert, assertEquals } from "@std/assert";
import { AccessList } from "../../lib/lists/access_list.ts";
import { formatCidr, parseCidr } from "../../lib/net/cidr.ts";
import { readIp } from "../../lib/net/ip.ts";
import {
  modelContains,
  modelIp,
  type ModelRange,
  modelRange,
} from "../net/model.ts";
import { Random } from "../net/random.ts";

function entry(reason = "", expires_at: number | null = null) {
  return { reason, created_at: 1_000, created_by: "ada", expires_at };
}

function match(list: AccessList, ip: string, now = 0) {
  const words = new Int32Array(4);
  const family = readIp(ip, words);
  assert(family !== 0);
  return list.match(family, words, now);
}

function listOf(...texts: string[]): AccessList {
  const list = new AccessList();
  for (const text of texts) list.set(parseCidr(text), entry(text));
  return list;
}

Deno.test("AccessList: the narrowest range matches", () => {
  const list = listOf("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3");
  assertEquals(match(list, "10.1.2.3")?.ip_address, "10.1.2.3");
  assertEquals(match(list, "10.1.2.4")?.ip_address, "10.1.0.0/16");
  assertEquals(match(list, "10.2.0.0")?.ip_address, "10.0.0.0/8");
  assertEquals(match(list, "11.0.0.0")?.ip_address, "0.0.0.0/0");
  assertEquals(match(list, "::1"), null);
});

Deno.test("AccessList: an entry comes back as it was put", () => {
  const list = new AccessList();
  list.set(parseCidr("2001:DB8::/33"), entry("scan", 5_000));
  const found = {
    ip_address: "2001:db8::/33",
    reason: "scan",
    created_at: 1_000,
    created_by: "ada",
    expires_at: 5_000,
  };
  assertEquals(match(list, "2001:db8:7fff::1"), found);
  assertEquals(list.get(parseCidr("2001:db8::/33")), found);
  assertEquals(list.get(parseCidr("2001:db8::/34")), null);
  assertEquals(match(list, "2001:db8:8000::1"), null);
});

Deno.test("the edges /0, /31, /32 and /128 hold", () => {
  const list = listOf("203.0.113.8/31", "198.51.100.1/32", "2001:db8::1/128");
  assertEquals(match(list, "203.0.113.7"), null);
  assertEquals(match(list, "203.0.113.8")?.reason, "203.0.113.8/31");
  assertEquals(match(list, "203.0.113.9")?.reason, "203.0.113.8/31");
  assertEquals(match(list, "203.0.113.10"), null);
  assertEquals(match(list, "198.51.100.0"), null);
  assert(match(list, "198.51.100.1"));
  assertEquals(match(list, "198.51.100.2"), null);
  assert(match(list, "2001:db8::1"));
  assertEquals(match(list, "2001:db8::"), null);
  assertEquals(match(list, "2001:db8::2"), null);
  assert(match(listOf("::/0"), "ffff::1"));
  assert(match(listOf("0.0.0.0/0"), "255.255.255.255"));
});

Deno.test("a mapped spelling is the same entry", () => {
  const list = listOf("::ffff:1.2.3.4");
  assertEquals(match(list, "1.2.3.4")?.ip_address, "1.2.3.4");
  assertEquals(match(list, "::ffff:102:304")?.ip_address, "1.2.3.4");
  assertEquals(match(list, "2001:db8::1.2.3.4"), null);
});

Deno.test("an entry stops matching on time, not later", () => {
  const list = new AccessList();
  list.set(parseCidr("1.2.3.4"), entry("short", 5_000));
  list.set(parseCidr("1.2.3.0/24"), entry("long", 6_000));
  assertEquals(match(list, "1.2.3.4", 4_999)?.reason, "short");
  assertEquals(match(list, "1.2.3.4", 5_000)?.reason, "long");
  assertEquals(match(list, "1.2.3.4", 6_000), null);
  assertEquals(list.size, 2);
  assertEquals(list.sweep(5_000), 1);
  assertEquals(list.size, 1);
  assertEquals(list.sweep(6_000), 1);
  assertEquals(list.size, 0);
});

Deno.test("AccessList: delete() takes exactly the one range off", () => {
  const list = listOf("10.0.0.0/8", "10.0.0.0/16");
  assertEquals(list.delete(parseCidr("10.0.0.0/24")), false);
  assertEquals(list.delete(parseCidr("10.0.0.0/16")), true);
  assertEquals(list.delete(parseCidr("10.0.0.0/16")), false);
  assertEquals(match(list, "10.0.0.1")?.ip_address, "10.0.0.0/8");
  assertEquals(list.size, 1);
});

Deno.test("AccessList agrees with a linear search over changing lists", () => {
  const random = new Random(5);
  for (let round = 0; round < 20; round++) {
    const list = new AccessList();
    const model = new Map<string, ModelRange & { until: number }>();
    const texts = Array.from({ length: 150 }, () => {
      const ip = near(random);
      const bits = ip.includes(":") && !/^::f|^64/.test(ip) ? 128 : 32;
      return bits === 32 && ip.includes(":")
        ? ip
        : `${ip}/${bits - random.int(random.pick([2, 17, bits + 1]))}`;
    });
    for (let i = 0; i < 600; i++) {
      const text = random.pick(texts);
      const range = parseCidr(text);
      const canonical = formatCidr(range);
      if (random.chance(0.3)) {
        assertEquals(list.delete(range), model.delete(canonical));
      } else {
        const until = random.pick([Infinity, Infinity, 50, 100]);
        list.set(range, entry("", until === Infinity ? null : until));
        model.set(canonical, { ...modelRange(text)!, until });
      }
      assertEquals(list.size, model.size);
      const ip = near(random);
      const now = random.pick([0, 49, 50, 100]);
      const expected = [...model]
        .filter(([, range]) => now < range.until)
        .filter(([, range]) => modelContains(range, modelIp(ip)!))
        .sort(([, a], [, b]) => b.prefix - a.prefix)[0];
      assertEquals(match(list, ip, now)?.ip_address, expected?.[0]);
    }
  }
});

/** Addresses close together, so that ranges contain them. */
function near(random: Random): string {
  const low = random.int(4);
  return random.pick([
    `10.0.${random.int(4)}.${low}`,
    `192.168.${random.int(2)}.${low}`,
    `::ffff:10.0.0.${low}`,
    `64:ff9b::10.0.0.${low}`,
    `2001:db8:${random.int(2)}::${low}`,
    `2001:db8::${random.int(2)}:0:0:${low}`,
    `fe80::${low}`,
  ]);
}

Deno.test("a look-up among 100,000 entries costs what it costs among 1,000", () => {
  const time = (size: number) => {
    const list = new AccessList();
    const random = new Random(size);
    for (let i = 0; i < size; i++) list.set(parseCidr(random.ipv4()), entry());
    for (let p = 17; p < 32; p++) list.set(parseCidr(`11.0.0.0/${p}`), entry());
    const words = new Int32Array(4);
    let best = Infinity;
    for (let round = 0; round < 7; round++) {
      const before = performance.now();
      for (let i = 0; i < 20_000; i++) {
        words[0] = 0x08080000 + i;
        list.match(4, words, 0);
      }
      best = Math.min(best, performance.now() - before);
    }
    return best;
  };
  time(1_000);
  // A scan would be a hundred times slower; the effects of caches and noise are smaller.
  assert(time(100_000) < 20 * time(1_000));
});
