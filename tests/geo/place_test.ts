import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { countryName, isCountryCode } from "../../lib/geo/country.ts";
import { nowhere, toPlace } from "../../lib/geo/place.ts";

const oslo = {
  country_code: "NO",
  city: "Oslo",
  latitude: 59.91273,
  longitude: 10.746094,
};

Deno.test("toPlace() names the country and rounds to four decimals", () => {
  assertEquals(toPlace(oslo, "test"), {
    country_code: "NO",
    country: "Norway",
    city: "Oslo",
    latitude: 59.9127,
    longitude: 10.7461,
    source: "test",
  });
});

Deno.test("toPlace() keeps only codes of countries", () => {
  const hostile = [
    ...["EU", "XX", "ZZ", "AP", "A1", "T1", "UK", "SU", "UN"],
    ...["no", "No", "NOR", "N", "", " NO", "NO\n", "__proto__", "constructor"],
    ...[null, undefined, 47, ["NO"], { toString: () => "NO" }, true],
  ];
  for (const country_code of hostile) {
    const place = toPlace({ ...oslo, country_code }, "test");
    assertEquals(place?.country_code, null, String(country_code));
    assertEquals(place?.country, null);
    assertEquals(place?.city, "Oslo");
  }
});

Deno.test("toPlace() cleans and cuts the city's name", () => {
  const table: [unknown, string | null][] = [
    ["東京", "東京"],
    ["Łódź", "Łódź"],
    ["صنعاء", "صنعاء"],
    ["می\u200cخواهم", "می\u200cخواهم"],
    ['"><img src=x onerror=alert(1)>', '"><img src=x onerror=alert(1)>'],
    ["a\r\nb\0c\x1b[2Jd\x9b", "abc[2Jd"],
    ["\u202egnp\u2066x\u200f\ufeff", "gnpx"],
    ["a\ud800b\udc00", "ab"],
    ["line\u2028two\u2029", "linetwo"],
    ["  Bergen  ", "Bergen"],
    ["", null],
    ["   ", null],
    ["\0\0", null],
    ["x".repeat(1_000_000), "x".repeat(96)],
    ["東".repeat(100), "東".repeat(32)],
    ["a" + "😀".repeat(100), "a" + "😀".repeat(23)],
    [`${"x".repeat(95)} y`, "x".repeat(95)],
    [null, null],
    [12, null],
    [{ en: "Oslo" }, null],
    [["Oslo"], null],
  ];
  for (const [city, expected] of table) {
    assertEquals(toPlace({ ...oslo, city }, "test")?.city, expected);
  }
});

Deno.test("toPlace() keeps coordinates in range, and only in pairs", () => {
  const none = [null, null];
  const table: [unknown, unknown, (number | null)[]][] = [
    [90, 180, [90, 180]],
    [-90, -180, [-90, -180]],
    [0, 12, [0, 12]],
    [-0, -0.00001, [0, 0]],
    [0, 0, none],
    [90.1, 0, none],
    [1, 180.5, none],
    [NaN, 1, none],
    [Infinity, 1, none],
    [1, -Infinity, none],
    ["59.9", "10.7", none],
    [59.9, null, none],
    [undefined, 10.7, none],
    [[59.9], 10.7, none],
    [1n, 1n, none],
  ];
  for (const [latitude, longitude, expected] of table) {
    const place = toPlace({ ...oslo, latitude, longitude }, "test");
    assertEquals([place?.latitude, place?.longitude], expected);
  }
});

Deno.test("toPlace() is null where a source says nothing", () => {
  assertEquals(toPlace({}, "test"), null);
  assertEquals(toPlace({ country_code: "XX", city: "" }, "test"), null);
  assertEquals(toPlace({ latitude: 0, longitude: 0 }, "test"), null);
  assertEquals(Object.values(nowhere("test")).filter(Boolean), ["test"]);
});

Deno.test("toPlace() holds its bounds for any answer", () => {
  const value = () => fc.anything({ withBigInt: true });
  const answer = fc.record({
    country_code: value(),
    city: fc.oneof(value(), fc.string({ unit: "binary", maxLength: 300 })),
    latitude: fc.oneof(value(), fc.double()),
    longitude: fc.oneof(value(), fc.double()),
  }, { requiredKeys: [] });
  fc.assert(fc.property(answer, (raw) => {
    const place = toPlace(raw, "test");
    if (place === null) return;
    const { city, latitude, longitude, country_code, country } = place;
    assertEquals(country_code === null, country === null);
    assertEquals(latitude === null, longitude === null);
    assertEquals(new TextEncoder().encode(city ?? "").length <= 96, true);
    assertEquals(/[\p{Cc}\p{Cs}]/u.test(city ?? ""), false);
    assertEquals(JSON.parse(JSON.stringify(place)), place);
  }));
});

Deno.test("country codes: 249 assigned and Kosovo, each with a name", () => {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((a) => letters.map((b) => a + b))
    .filter(isCountryCode);
  assertEquals(codes.length, 250);
  for (const code of codes) {
    assertEquals((countryName(code)?.length ?? 0) > 2, true, code);
  }
  assertEquals(countryName("XX"), null);
  assertEquals(countryName(null), null);
});
