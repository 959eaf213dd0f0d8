import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createGeo, type GeoOptions } from "../../lib/geo/geo.ts";
import { GeoError } from "../../lib/geo/geo_error.ts";
import { tinyMmdb } from "./tiny_mmdb.ts";

const IP = "193.0.6.139";
const NOT_PUBLIC = [
  ...["10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.0"],
  ...["100.64.0.1", "169.254.169.254", "192.0.2.1", "198.51.100.7"],
  ...["203.0.113.9", "224.0.0.1", "255.255.255.255", "::1", "::"],
  ...["fe80::1", "fd00::1", "2001:db8::1", "::ffff:10.0.0.1"],
];
const NO_ADDRESS = [
  ...["", "banana", "1.1.1", "010.1.1.1", " 8.8.8.8", "8.8.8.8\n"],
  ...["8.8.8.8/32", "1.1.1.1/../../x?", "fe80::1%eth0", "__proto__"],
  "x".repeat(10_000),
];

const tiny = (family: 4 | 6) =>
  Promise.resolve(
    tinyMmdb({ country_code: "NO", city: "Oslo" }, { ipVersion: family }),
  );

function embedded(readDatabase: GeoOptions["readDatabase"] = tiny) {
  return createGeo({ provider: "embedded", now: () => 0, readDatabase });
}

/** External geolocation whose provider responds with `answer(ip)`. */
function external(
  answer: (ip: string) => Response | Promise<Response>,
  options: Partial<GeoOptions> = {},
) {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const asked: string[] = [];
  const geo = createGeo({
    provider: "ipapi",
    now: () => clock.now,
    fetch(input) {
      const ip = new URL(String(input)).pathname.split("/")[1]!;
      asked.push(ip);
      return Promise.resolve(ip).then(answer);
    },
    ...options,
  });
  return { geo, clock, asked };
}

const oslo = (ip: string) =>
  Response.json({
    ip,
    country_code: "NO",
    city: "Oslo",
    latitude: 59.9,
    longitude: 10.7,
  });

/** Waits until no look-up is in progress. */
async function settle(geo: ReturnType<typeof createGeo>) {
  for (let i = 0; i < 1000 && geo.status().pending > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
}

Deno.test("geo embedded: peek answers as soon as the data are read", async () => {
  const geo = embedded();
  assertEquals(geo.peek("8.8.8.8"), undefined);
  await geo.whenReady();
  assertEquals(geo.peek("8.8.8.8")?.country, "Norway");
  assertEquals(geo.peek("2001:4860::1")?.city, "Oslo");
  assertEquals(geo.peek("203.1.2.3"), null);
  assertEquals(geo.status(), {
    provider: "embedded",
    source: "DB-IP City Lite",
    builtAt: 1_750_000_000_000,
    loaded: true,
    cacheSize: 3,
    breaker: null,
    pending: 0,
    error: null,
  });
  await geo.close();
  assertEquals(geo.status().loaded, false);
});

Deno.test("geo embedded: locate waits for the data, at most its deadline", async () => {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const geo = embedded((family) => family === 4 ? promise : tiny(6));
  const late = await assertRejects(
    () => geo.locate("8.8.8.8", { deadlineMs: 5 }),
    GeoError,
    "Cannot locate 8.8.8.8: no answer within 5 ms",
  );
  assertEquals(late.kind, "timeout");
  const locating = geo.locate("8.8.8.8");
  resolve(await tiny(4));
  assertEquals(await locating, {
    country_code: "NO",
    country: "Norway",
    city: "Oslo",
    latitude: null,
    longitude: null,
    source: "embedded",
  });
});

Deno.test("geo embedded: an address the data do not know is nowhere", async () => {
  const place = await embedded().locate("::ffff:203.1.2.3");
  assertEquals(place, {
    country_code: null,
    country: null,
    city: null,
    latitude: null,
    longitude: null,
    source: "embedded",
  });
});

Deno.test("geo embedded: data that cannot be read fail look-ups only", async () => {
  const geo = embedded(() => Promise.resolve(new Uint8Array(99)));
  await geo.whenReady();
  assertEquals(geo.peek("8.8.8.8"), null);
  const error = await assertRejects(() => geo.locate("8.8.8.8"), GeoError);
  assertEquals(error.kind, "unavailable");
  assertEquals(geo.status().loaded, false);
  assertEquals(geo.status().error?.includes("MaxMind DB"), true);
  await geo.close();
});

Deno.test("addresses that are not public are never looked up", async () => {
  const { geo, asked } = external(oslo);
  for (const ip of NOT_PUBLIC) {
    assertEquals(geo.peek(ip), null, ip);
    const error = await assertRejects(
      () => geo.locate(ip),
      GeoError,
      "not a public address",
    );
    assertEquals(error.kind, "not_public");
  }
  for (const ip of NO_ADDRESS) {
    assertEquals(geo.peek(ip), null, ip);
    const error = await assertRejects(
      () => geo.locate(ip),
      GeoError,
      "expected an IP address",
    );
    assertEquals(error.kind, "invalid");
    assertEquals(error.message.length < 150, true);
    assertEquals(/\p{Cc}/u.test(error.message), false);
  }
  assertEquals(asked, []);
  await geo.close();
});

Deno.test("geo off: nothing is known and nothing is asked", async () => {
  const { geo, asked } = external(oslo, { provider: "off" });
  assertEquals(geo.peek(IP), null);
  await geo.whenReady();
  const error = await assertRejects(() => geo.locate(IP), GeoError);
  assertEquals(error.kind, "off");
  assertEquals(geo.status().provider, "off");
  assertEquals(asked, []);
  await geo.close();
});

Deno.test("geo external: peek starts a look-up and later knows", async () => {
  using kv = await Deno.openKv(":memory:");
  const { geo, asked } = external(oslo, { kv });
  assertEquals(geo.peek(IP), undefined);
  assertEquals(geo.status().pending, 1);
  await settle(geo);
  assertEquals(geo.peek(IP)?.city, "Oslo");
  assertEquals((await geo.locate(IP)).source, "ipapi");
  assertEquals(geo.status().cacheSize, 1);
  assertEquals(asked, [IP]);
  await geo.close();
});

Deno.test("50 misses at once on one address are one call", async () => {
  using kv = await Deno.openKv(":memory:");
  const { geo, asked } = external(oslo, { kv });
  for (let i = 0; i < 50; i++) geo.peek(IP);
  const places = await Promise.all(
    Array.from({ length: 50 }, () => geo.locate(IP)),
  );
  assertEquals(places.every((place) => place.city === "Oslo"), true);
  assertEquals(asked, [IP]);
  await geo.close();
});

Deno.test("geo external: an answer is kept for a day, across processes", async () => {
  using kv = await Deno.openKv(":memory:");
  const first = external(oslo, { kv });
  await first.geo.locate(IP);
  const second = external(oslo, { kv });
  assertEquals((await second.geo.locate(IP)).city, "Oslo");
  assertEquals(second.asked, []);
  second.clock.now += 86_400_000;
  assertEquals(second.geo.peek(IP), undefined);
  await settle(second.geo);
  assertEquals(second.asked, [IP]);
  await first.geo.close();
  await second.geo.close();
});

Deno.test("a failure is not asked about again for 5 minutes", async () => {
  let broken = true;
  const { geo, asked, clock } = external((ip) =>
    broken ? new Response("<html>") : oslo(ip)
  );
  const error = await assertRejects(() => geo.locate(IP), GeoError);
  assertEquals(error.kind, "unavailable");
  broken = false;
  assertEquals(geo.peek(IP), null);
  await assertRejects(() => geo.locate(IP), GeoError);
  assertEquals(asked.length, 1);
  clock.now += 300_000;
  assertEquals((await geo.locate(IP)).city, "Oslo");
  await geo.close();
});

Deno.test("geo external: while the provider rests, peek is null and asks nothing", async () => {
  const { geo, asked, clock } = external((ip) =>
    asked.length <= 5 ? new Response(null, { status: 404 }) : oslo(ip)
  );
  for (let i = 1; i <= 5; i++) {
    await assertRejects(() => geo.locate(`193.0.6.${i}`), GeoError);
  }
  assertEquals(geo.status().breaker, "open");
  assertEquals(geo.status().error, "ipapi.co answered with status 404");
  assertEquals(geo.peek(IP), null);
  await assertRejects(() => geo.locate(IP), GeoError);
  assertEquals(asked.length, 5);
  clock.now += 60_000;
  assertEquals(geo.peek(IP), undefined);
  await settle(geo);
  assertEquals(geo.peek(IP)?.city, "Oslo");
  assertEquals(geo.status().breaker, "closed");
  await geo.close();
});

Deno.test("geo external: a flood of new addresses waits in a bounded queue", async () => {
  const { geo, asked } = external(() => new Promise(() => {}));
  for (let i = 0; i < 5000; i++) {
    assertEquals(geo.peek(`193.0.${i >> 8}.${i & 255}`), undefined);
  }
  assertEquals(geo.status().pending, 256);
  await assertRejects(() => geo.locate("8.8.8.8"), GeoError);
  await geo.close();
  assertEquals(geo.status().pending, 0);
  assertEquals(asked.length <= 4, true);
});

Deno.test("geo external: the caller's deadline ends its wait, not the look-up", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const { geo, asked } = external(() => promise);
  const error = await assertRejects(
    () => geo.locate(IP, { deadlineMs: 5 }),
    GeoError,
  );
  assertEquals(error.kind, "timeout");
  resolve(oslo(IP));
  await settle(geo);
  assertEquals(geo.peek(IP)?.city, "Oslo");
  assertEquals(asked.length, 1);
  await geo.close();
});

Deno.test("geo external: KV that fails changes nothing for the caller", async () => {
  const throws = () => {
    throw new Error("database is closed");
  };
  const kv = { get: throws, set: throws } as unknown as Deno.Kv;
  const { geo } = external(oslo, { kv });
  assertEquals((await geo.locate(IP)).city, "Oslo");
  assertEquals(geo.peek(IP)?.city, "Oslo");
  await geo.close();
});

Deno.test("geo: peek never throws, whatever it is given", async () => {
  const { geo } = external(oslo);
  const inProcess = embedded();
  await inProcess.whenReady();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything()), (text) => {
      for (const each of [geo, inProcess]) {
        assertEquals(each.peek(text as string), null);
      }
    }),
  );
  await geo.close();
  await inProcess.close();
});

Deno.test("geo: peek never throws, whatever the provider does", async () => {
  const answers: ((ip: string) => Response | Promise<Response>)[] = [
    () => {
      throw new Error("no");
    },
    () => Promise.reject(null),
    () => undefined as unknown as Response,
    () => Response.error(),
    () => Response.json(null),
    (ip) => Response.json({ ip, country_code: {}, city: [], latitude: "" }),
    () => new Response(new Uint8Array([0xff, 0xfe, 0x00])),
    () => new Response("{", { headers: { "content-encoding": "gzip" } }),
  ];
  for (const answer of answers) {
    const { geo } = external(answer);
    assertEquals(geo.peek(IP), undefined);
    await geo.close();
    assertEquals(geo.peek(IP), null);
  }
});

Deno.test("createGeo() refuses options that make no sense", () => {
  const table: [Partial<GeoOptions>, string][] = [
    [{ provider: "maxmind" as "off" }, `provider "maxmind"`],
    [{ provider: "ipinfo", token: "a\r\nb" }, "printable ASCII"],
    [{ provider: "ipinfo", token: "" }, "printable ASCII"],
    [{ provider: "ipapi", cacheTtlMs: 0 }, "more than 0"],
    [{ provider: "ipapi", cacheTtlMs: NaN }, "more than 0"],
  ];
  for (const [options, message] of table) {
    assertThrows(
      () => createGeo({ provider: "off", now: () => 0, ...options }),
      RangeError,
      message,
    );
  }
});
