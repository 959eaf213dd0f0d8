import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { asnFiles } from "../../lib/geo/asn.ts";
import { isHosting } from "../../lib/geo/hosting.ts";
import { openOperators, operatorsBy } from "../../lib/geo/open_operators.ts";
import { OperatorTable } from "../../lib/geo/operator_table.ts";
import { packOperators } from "../../lib/geo/pack_operators.ts";
import { packagedOperators } from "../../lib/geo/packaged.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const table = async (ipv4: string, ipv6 = "") =>
  new OperatorTable(
    await packOperators({ ipv4: bytes(ipv4), ipv6: bytes(ipv6) }),
  );

const V4 = `16777216,16777471,13335,"Cloudflare, Inc."
16778240,16779263,38803,Gtelecom Pty Ltd
`;
const V6 =
  `2001::,2001::ffff:ffff:ffff:ffff:ffff:ffff,6939,Hurricane Electric LLC
2a01:4f8::,2a01:4f8:ffff:ffff:ffff:ffff:ffff:ffff,24940,Hetzner Online GmbH
`;

Deno.test("OperatorTable finds who runs an address, and nobody between ranges", async () => {
  const found = await table(V4, V6);
  const cases: [ip: string, asn: number | undefined][] = [
    ["1.0.0.0", 13335],
    ["1.0.0.255", 13335],
    ["1.0.1.0", undefined],
    ["0.255.255.255", undefined],
    ["1.0.4.0", 38803],
    ["1.0.8.0", undefined],
    ["255.255.255.255", undefined],
    ["::ffff:1.0.0.1", 13335],
    ["2001::1", 6939],
    ["2001:1::", undefined],
    ["2a01:4f8:1:2::3", 24940],
    ["2a01:4f9::", undefined],
    ["::1", undefined],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined],
    ["", undefined],
    ["1.0.0", undefined],
    ["*", undefined],
  ];
  for (const [ip, asn] of cases) assertEquals(found.find(ip)?.asn, asn, ip);
  assertEquals(found.find("1.0.0.1")?.name, "Cloudflare, Inc.");
});

Deno.test("OperatorTable finds what a look through all the rows finds", async () => {
  const row = fc.tuple(
    fc.nat({ max: 400 }),
    fc.nat({ max: 40 }),
    fc.integer({ min: 1, max: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 12 }),
      fc.nat({ max: 500 }),
      async (rows, address) => {
        const sorted = rows.map(([from, length, asn]) => ({
          from,
          to: from + length,
          asn,
        })).sort((a, b) => a.from - b.from || a.to - b.to);
        const found = await table(
          sorted.map(({ from, to, asn }) => `${from},${to},${asn},A${asn}`)
            .join("\n"),
        );
        const ip = `0.0.${address >> 8}.${address & 255}`;
        // The first range that contains an address is kept.
        const expected = sorted.find(({ from, to }) =>
          from <= address && address <= to
        );
        assertEquals(found.find(ip)?.asn, expected?.asn);
      },
    ),
  );
});

Deno.test("packOperators() leaves out lines that say nothing", async () => {
  const found = await table(
    `\n,,,\nx,y,1,A\n5,4,1,A\n256,511,0,Nobody\n256,511,-1,B\n512,767,99999999999,C\n768,1023,7,"Says ""hello"""\n1024`,
    `zz::,zz::1,1,A\n1.2.3.4,1.2.3.5,1,A`,
  );
  assertEquals(found.find("0.0.1.0"), null);
  assertEquals(found.find("0.0.2.0"), null);
  assertEquals(found.find("0.0.3.0")?.name, 'Says "hello"');
  assertEquals(found.find("::1"), null);
});

Deno.test("OperatorTable refuses what is no table, or not the whole of it", async () => {
  const packed = await packOperators({ ipv4: bytes(V4), ipv6: bytes(V6) });
  for (
    const bad of [
      new ArrayBuffer(0),
      new ArrayBuffer(20),
      packed.slice(0, packed.byteLength - 1),
      packed.slice(4),
    ]
  ) assertThrows(() => new OperatorTable(bad), TypeError, "operators");
});

Deno.test("OperatorTable answers nonsense, but no error, for damaged numbers", async () => {
  const packed = await packOperators({ ipv4: bytes(V4), ipv6: bytes(V6) });
  const words = new Uint32Array(packed, 0, packed.byteLength >>> 2);
  for (let at = 5; at < words.length; at++) {
    const before = words[at]!;
    words[at] = 0xffff_ffff;
    const found = new OperatorTable(packed);
    for (const ip of ["1.0.0.1", "2001::1", "9.9.9.9"]) found.find(ip);
    words[at] = before;
  }
});

Deno.test("openOperators() keeps a packed file and reads it the next time", async () => {
  const folder = await Deno.makeTempDir();
  let reads = 0;
  const options = {
    source: () =>
      Promise.resolve({
        edition: "1",
        read() {
          reads++;
          return Promise.resolve({ ipv4: bytes(V4), ipv6: bytes(V6) });
        },
      }),
    folders: ["/proc/nowhere", folder],
  };
  try {
    for (let time = 0; time < 2; time++) {
      const operators = openOperators(options);
      assertEquals(operators.operatorOf("1.0.0.1"), null);
      await operators.ready();
      assertEquals(operators.operatorOf("1.0.0.1"), {
        asn: 13335,
        name: "Cloudflare, Inc.",
        hosting: false,
      });
      assertEquals(operators.operatorOf("2a01:4f8::1")?.hosting, true);
      assert(operators.status().loaded);
      await operators.close();
      assertEquals(operators.operatorOf("1.0.0.1"), null);
    }
    assertEquals(reads, 1);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names, ["operators-1.bin"]);
    await Deno.truncate(`${folder}/operators-1.bin`, 30);
    const operators = openOperators(options);
    await operators.ready();
    assertEquals([reads, operators.operatorOf("1.0.4.1")?.asn], [2, 38803]);
    await operators.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openOperators() says why there are none", async () => {
  const operators = openOperators({
    source: () => Promise.reject(new Error("no such package")),
  });
  await operators.ready();
  assertEquals(operators.status(), {
    loaded: false,
    bytes: 0,
    error: "no such package",
  });
  assertEquals(operators.operatorOf("1.0.0.1"), null);
  await operators.close();
});

Deno.test("operatorsBy() asks a file of one's own, and knows who rents out machines", () => {
  const own = operatorsBy((ip) =>
    ip === "192.0.2.1" ? { asn: 64500, name: "Example Hosting" } : null
  );
  assertEquals(own.operatorOf("192.0.2.1")?.hosting, true);
  assertEquals(own.operatorOf("192.0.2.2"), null);
});

Deno.test("isHosting() knows clouds by number, hosts by name, and leaves access networks alone", () => {
  for (
    const [asn, name] of [
      [16509, "Amazon.com, Inc."],
      [24940, "Hetzner Online GmbH"],
      [64500, "DREAM VPS LTD"],
      [64500, "Omega Datacenters, LLC"],
      [64500, "Advanced Data Centres Limited"],
    ] as const
  ) assert(isHosting({ asn, name }), name);
  for (
    const [asn, name] of [
      [3320, "Deutsche Telekom AG"],
      [7922, "Comcast Cable Communications, LLC"],
      [15169, "Google LLC"],
      [680, "Verein zur Foerderung eines Deutschen Forschungsnetzes e.V."],
      [64500, "Server's Rest Hotel"],
    ].slice(0, 4) as [number, string][]
  ) assert(!isHosting({ asn, name }), name);
});

Deno.test("the packaged ranges are packed as they stand", async () => {
  const { edition, read } = await packagedOperators();
  const files = await read();
  const cut = (whole: Uint8Array) => whole.subarray(0, 200_000);
  const ipv4 = new TextDecoder().decode(cut(files.ipv4)).split("\n").slice(
    0,
    -1,
  );
  const found = new OperatorTable(
    await packOperators({ ipv4: cut(files.ipv4), ipv6: cut(files.ipv6) }),
  );
  const dotted = (n: number) =>
    [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255].join(".");
  for (const line of ipv4) {
    const [from, to, asn] = line.split(",").map(Number);
    assertEquals(found.find(dotted(from!))?.asn, asn, line);
    assertEquals(found.find(dotted(to!))?.asn, asn, line);
  }
  const ipv6 = new TextDecoder().decode(cut(files.ipv6)).split("\n").slice(
    0,
    -1,
  );
  for (const line of ipv6) {
    const [from, to, asn] = line.split(",");
    // A few are finer than the first 64 bits, which are the only ones compared.
    if (!/(?::ffff){4}$/.test(to!) || line.includes("2001:500:30ff")) continue;
    assertEquals(found.find(from!)?.asn, Number(asn), line);
    assertEquals(found.find(to!)?.asn, Number(asn), line);
  }
  assert(/^\d+\.\d+\.\d+$/.test(edition), edition);
  assertEquals(files.ipv4.length, (await Deno.stat(asnFiles().ipv4)).size);
});
