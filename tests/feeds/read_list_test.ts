import { assert, assertEquals, assertRejects } from "@std/assert";
import { ListError } from "../../lib/feeds/list_reader.ts";
import { readList } from "../../lib/feeds/read_list.ts";
import { createScreen } from "../../lib/feeds/screen.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { addresses } from "./_feeds.ts";

const NOW = Date.UTC(2026, 0, 5);
const screen = createScreen({
  trustedProxies: [parseCidr("9.9.9.0/24")],
  protectedIps: ["7.7.7.7", "2a01::7", "nobody"],
  safelist: [parseCidr("6.6.6.6"), parseCidr("5.5.0.0/16")],
});

async function* bytes(text: string, size = 1_000) {
  const all = new TextEncoder().encode(text);
  for (let i = 0; i < all.length; i += size) yield all.subarray(i, i + size);
}

const read = (text: string, limits = {}, size?: number) =>
  readList(bytes(text, size), { screen, now: NOW, limits });

Deno.test("readList() leaves out what must not be blocked, and says why", async () => {
  const skipped: [ip: string, kind: string][] = [
    ["0.0.0.0/8", "special"],
    ["10.0.0.0/8", "special"],
    ["127.0.0.1", "special"],
    ["169.254.169.254", "special"],
    ["192.168.1.0/24", "special"],
    ["224.0.0.0/3", "special"],
    ["203.0.113.7", "special"],
    ["fc00::/7", "special"],
    ["::/0", "special"],
    ["0.0.0.0/0", "special"],
    ["8.0.0.0/7", "wide"],
    ["2a00::/19", "wide"],
    ["9.9.0.0/16", "proxy"],
    ["9.9.9.9", "proxy"],
    ["7.7.7.0/24", "own"],
    ["2a01::/32", "own"],
    ["6.6.6.0/24", "safelisted"],
    ["5.5.5.5", "safelisted"],
  ];
  const list = await read(
    [...skipped.map(([ip]) => ip), "8.8.8.0/24", "8.8.8.9/24"].join("\n"),
  );
  assertEquals([...list.wanted.keys()], ["8.8.8.0/24"]);
  assertEquals(list.skipped, {
    special: 10,
    wide: 2,
    proxy: 2,
    own: 2,
    safelisted: 2,
    repeated: 1,
  });
  const own = list.skipped_samples.filter(({ ip }) => ip.startsWith("7."));
  assertEquals(
    own[0]?.why,
    "it contains the address of an admin or a known user",
  );
  for (const [ip] of skipped.slice(10)) {
    assert(list.skipped_samples.some((sample) => sample.ip === ip), ip);
  }
});

Deno.test("readList() counts damaged lines and shows the first, inert", async () => {
  const list = await read(
    "\ufeff1.2.3.4\r\nbanana\r\n\r\n1.2.3.999\n\x1b[2J\n\0\n<p>\nx\ny\n" +
      "a".repeat(5_000) + "\n8.8.8.8 ; ok",
  );
  assertEquals([...list.wanted.keys()], ["1.2.3.4", "8.8.8.8"]);
  assertEquals(list.damaged, 8);
  assertEquals(list.damaged_samples.length, 5);
  assertEquals(list.damaged_samples[2], '"\\u001b[2J"');
});

Deno.test("readList() of any bytes in any pieces ends the same", async () => {
  const text = "; a list\r\n1.2.3.4 ; ä\r\n5.6.7.0/24\n\n2a00:1::/32 # é";
  const whole = await read(text, {}, 10_000);
  for (const size of [1, 2, 3, 7]) {
    assertEquals(await read(text, {}, size), whole);
  }
});

for (
  const [what, text, limits] of [
    ["bytes", addresses(10), { maxBytes: 50 }],
    ["lines", "\n#\n#\n#\n", { maxLines: 2 }],
    ["entries", addresses(4), { maxEntries: 3 }],
  ] as const
) {
  Deno.test(`readList() ends at its limit of ${what}`, async () => {
    await assertRejects(() => read(text, limits), ListError, what);
  });
}

Deno.test("readList() refuses a list that says it is longer than what came", async () => {
  const line = '{"cidr":"1.10.16.0/20","sblid":"SBL1","rir":"apnic"}\n';
  const end = (n: number) => `{"type":"metadata","records":${n}}\n`;
  assertEquals((await read(line + end(1))).wanted.size, 1);
  await assertRejects(() => read(line + end(2)), ListError, "states 2 entries");
});

Deno.test("readList() leaves out what is over", async () => {
  const item = (ip: string, end: number) =>
    JSON.stringify({ ip_address: ip, expires_at: new Date(end) });
  const list = await read(
    `[\n${item("8.8.8.8", NOW)},\n${item("8.8.4.4", NOW + 1)}\n]`,
  );
  assertEquals([...list.wanted], [["8.8.4.4", {
    note: "",
    expires_at: NOW + 1,
  }]]);
  assertEquals(list.skipped, { ended: 1 });
});
