import { assertEquals, assertThrows } from "@std/assert";
import { createGeo } from "../../lib/geo/geo.ts";
import {
  closeDatabases,
  openOwnDatabases,
  operatorIn,
  rawPlaceOf,
} from "../../lib/geo/own_databases.ts";
import { runTask } from "../_server.ts";
import { tinyMmdb } from "./tiny_mmdb.ts";

/** Files by name, with the records of the lower half of the addresses. */
async function withFiles(
  files: Record<
    string,
    [type: string, record: Record<string, string | number>]
  >,
  run: (path: (name: string) => string) => Promise<void> | void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, [databaseType, record]] of Object.entries(files)) {
      for (const ipVersion of [4, 6]) {
        await Deno.writeFile(
          `${folder}/${name}${ipVersion}`,
          tinyMmdb(record, { databaseType, ipVersion }),
        );
      }
    }
    await run((name) => `${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const FILES = {
  city: ["city", {
    country_code: "NO",
    city: "Tromsø",
    latitude: 69.65,
    longitude: 18.95,
  }],
  country: ["GeoLite2-Country", { country_code: "SE" }],
  same: ["GeoLite2-Country", { country_code: "NO" }],
  asn: ["GeoLite2-ASN", {
    autonomous_system_number: 64_500,
    autonomous_system_organization: "Example",
  }],
  anonymous: ["GeoIP2-Anonymous-IP", { is_vpn: 1 }],
} as const;
const files = FILES as unknown as Parameters<typeof withFiles>[0];
const never = () => Promise.reject(new Error("the packaged one is not needed"));

Deno.test("GEO_DATABASE: a city file stands instead of the packaged one, for both families", () =>
  withFiles(files, async (path) => {
    const own = openOwnDatabases([path("city4"), path("city6")]);
    const geo = createGeo({
      ...{ provider: "embedded", now: Date.now, ownDatabases: own },
      readDatabase: never,
    });
    await geo.whenReady();
    assertEquals(geo.status().loaded, true);
    assertEquals(geo.status().error, null);
    for (const ip of ["8.8.8.8", "2001:4860::1"]) {
      assertEquals(geo.peek(ip)?.city, "Tromsø", ip);
      assertEquals(geo.peek(ip)?.country, "Norway", ip);
    }
    assertEquals(geo.peek("200.1.1.1"), null);
    await geo.close();
  }));

Deno.test("GEO_DATABASE: a country file decides the country, and keeps a city only of that one", () =>
  withFiles(files, async (path) => {
    for (
      const [name, city] of [["country", null], ["same", "Tromsø"]] as const
    ) {
      const own = openOwnDatabases([path("city4"), path(`${name}4`)]);
      const geo = createGeo({
        provider: "embedded",
        now: Date.now,
        ownDatabases: own,
      });
      await geo.whenReady();
      const place = geo.peek("8.8.8.8");
      assertEquals(place?.country_code, name === "same" ? "NO" : "SE");
      assertEquals(place?.city, city);
      await geo.close();
    }
  }));

Deno.test("GEO_DATABASE: an ASN file names the operators", () =>
  withFiles(files, (path) => {
    const own = openOwnDatabases([path("asn4"), path("asn6")]);
    const find = operatorIn(own.asn);
    const example = { asn: 64_500, name: "Example" };
    assertEquals(find("8.8.8.8"), example);
    assertEquals(find("2001:4860::1"), example);
    assertEquals(find("200.1.1.1"), null);
    assertEquals(find("no address"), null);
    closeDatabases(own);
    assertEquals(find("8.8.4.4")?.asn ?? null, 64_500, "its page is in memory");
  }));

const places: [
  string,
  Record<string, unknown>,
  ReturnType<typeof rawPlaceOf>,
][] = [
  ["MaxMind's and DB-IP's", {
    country: { iso_code: "DE", names: { en: "Germany" } },
    city: { names: { de: "München", en: "Munich" } },
    location: { latitude: 48.1, longitude: 11.6 },
  }, { country_code: "DE", city: "Munich", latitude: 48.1, longitude: 11.6 }],
  ["IPinfo's", { country: "DE", city: "Munich", lat: "48.1", lng: "11.6" }, {
    country_code: "DE",
    city: "Munich",
    latitude: 48.1,
    longitude: 11.6,
  }],
  ["a country's name", { country: "Germany" }, {
    country_code: undefined,
    city: undefined,
    latitude: undefined,
    longitude: undefined,
  }],
];
for (const [name, record, place] of places) {
  Deno.test(`GEO_DATABASE: places are read as ${name}`, () => {
    assertEquals(rawPlaceOf(record), place);
  });
}

Deno.test("GEO_DATABASE: what is not there, no database, or of another kind is refused in one line that names it", () =>
  withFiles(files, async (path) => {
    await Deno.writeTextFile(path("text"), "<!doctype html>");
    const table: [string, string][] = [
      [path("nowhere"), "it is not there"],
      [path("text"), "expected a MaxMind DB, version 2"],
      [path("anonymous4"), "expected a city, country or ASN database"],
    ];
    for (const [file, words] of table) {
      assertThrows(() => openOwnDatabases([path("city4"), file]), Error, words);
      const run = await runTask("list-blocked", [], {
        env: { KV_PATH: ":memory:", GEO_DATABASE: `${path("city4")}, ${file}` },
      });
      assertEquals([run.code, run.stdout], [1, ""]);
      assertEquals(run.stderr.split("\n").length, 2, run.stderr);
      assertEquals(run.stderr.includes("GEO_DATABASE is "), true, run.stderr);
      assertEquals(run.stderr.includes(words), true, run.stderr);
    }
  }));
