import { assertEquals } from "@std/assert";
import { readInPieces } from "../../lib/geo/database_bytes.ts";
import { createEmbedded } from "../../lib/geo/embedded.ts";
import { tinyMmdb } from "./tiny_mmdb.ts";

const lower = { country_code: "NO", city: "Tromsø" };
const bothFamilies = (family: 4 | 6) =>
  Promise.resolve(tinyMmdb(lower, { ipVersion: family }));

Deno.test("embedded: real addresses of both families have a country", async () => {
  const embedded = createEmbedded();
  assertEquals(embedded.lookup("8.8.8.8"), undefined);
  assertEquals(embedded.loaded(), false);
  assertEquals(embedded.builtAt(), null);
  await embedded.ready();
  assertEquals(embedded.error(), null);
  assertEquals(embedded.loaded(), true);
  // Stable for decades: address blocks of national networks.
  const table: [string, string, string][] = [
    ["8.8.8.8", "US", "United States"],
    ["83.149.9.216", "RU", "Russia"],
    ["130.237.218.86", "SE", "Sweden"],
    ["218.30.103.62", "CN", "China"],
    ["200.160.2.3", "BR", "Brazil"],
    ["46.105.14.53", "FR", "France"],
    ["86.1.76.62", "GB", "United Kingdom"],
    ["2001:67c:2e8:22::c100:68b", "NL", "Netherlands"],
  ];
  for (const [ip, code, country] of table) {
    const place = embedded.lookup(ip);
    assertEquals(place?.country_code, code, ip);
    assertEquals(place?.country, country, ip);
    assertEquals(place?.source, "embedded");
    assertEquals(typeof place?.city, "string", ip);
    assertEquals(typeof place?.latitude, "number", ip);
    assertEquals(embedded.lookup(ip), place);
  }
  const built = embedded.builtAt() ?? 0;
  assertEquals(built > Date.UTC(2026, 0, 1), true);
  assertEquals(built < Date.UTC(2100, 0, 1), true);
  embedded.close();
});

Deno.test("embedded: IPv4 answers while IPv6 is still being read", async () => {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  let read4 = Promise.resolve();
  const embedded = createEmbedded({
    read(family) {
      if (family === 6) return promise;
      const bytes = bothFamilies(4);
      read4 = bytes.then(() => {});
      return bytes;
    },
  });
  await read4;
  await Promise.resolve();
  assertEquals(embedded.lookup("8.8.8.8")?.city, "Tromsø");
  assertEquals(embedded.lookup("2001:4860::1"), undefined);
  assertEquals(embedded.loaded(), false);
  resolve(tinyMmdb(lower, { ipVersion: 6 }));
  await embedded.ready();
  assertEquals(embedded.lookup("2001:4860::1")?.country, "Norway");
  assertEquals(embedded.loaded(), true);
});

Deno.test("embedded: data that cannot be read give null and an error", async () => {
  const reads: [string, (family: 4 | 6) => Promise<Uint8Array>][] = [
    ["junk", () => Promise.resolve(new Uint8Array(1000))],
    ["missing", () => Promise.reject(new Deno.errors.NotFound("gone"))],
    ["wrong family", (f) => bothFamilies(f === 4 ? 6 : 4)],
    ["throws", () => {
      throw new Error("no");
    }],
  ];
  for (const [name, read] of reads) {
    const embedded = createEmbedded({ read });
    await embedded.ready();
    assertEquals(embedded.lookup("8.8.8.8"), null, name);
    assertEquals(embedded.lookup("2001:4860::1"), null, name);
    assertEquals(embedded.loaded(), false, name);
    assertEquals(typeof embedded.error(), "string", name);
  }
});

Deno.test("embedded: remembers no more addresses than it may", async () => {
  const embedded = createEmbedded({ read: bothFamilies, cacheSize: 10 });
  await embedded.ready();
  for (let i = 0; i < 50; i++) embedded.lookup(`8.8.8.${i}`);
  assertEquals(embedded.cacheSize(), 10);
  assertEquals(embedded.lookup("200.1.1.1"), null);
  embedded.close();
  assertEquals(embedded.cacheSize(), 0);
  assertEquals(embedded.lookup("8.8.8.8"), undefined);
});

Deno.test("embedded: closed while reading, it keeps nothing", async () => {
  const embedded = createEmbedded({ read: bothFamilies });
  embedded.close();
  await embedded.ready();
  assertEquals(embedded.loaded(), false);
  assertEquals(embedded.lookup("8.8.8.8"), undefined);
});

Deno.test("embedded: a hostile record becomes a harmless place", async () => {
  const embedded = createEmbedded({
    read: (family) =>
      Promise.resolve(tinyMmdb({
        __proto__x: "1",
        country_code: "XX",
        city: "\x1b[2J<img src=x onerror=alert(1)>",
        latitude: -900.5,
        longitude: 3,
      }, { ipVersion: family })),
  });
  await embedded.ready();
  assertEquals(embedded.lookup("8.8.8.8"), {
    country_code: null,
    country: null,
    city: "[2J<img src=x onerror=alert(1)>",
    latitude: null,
    longitude: null,
    source: "embedded",
  });
});

Deno.test("readInPieces() reads a file of several pieces whole", async () => {
  const path = await Deno.makeTempFile();
  try {
    const bytes = new Uint8Array(2_500_000).map((_, i) => i % 251);
    await Deno.writeFile(path, bytes);
    const read = await readInPieces(new URL(`file://${path}`));
    assertEquals(read.length, bytes.length);
    assertEquals(read.every((byte, i) => byte === i % 251), true);
  } finally {
    await Deno.remove(path);
  }
});
