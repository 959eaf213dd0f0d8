import { assertEquals } from "@std/assert";
import { createGeoCache } from "../../lib/geo/cache.ts";
import { keys } from "../../lib/store/keys.ts";

const oslo = {
  country_code: "NO",
  country: "Norway",
  city: "Oslo",
  latitude: 59.9,
  longitude: 10.7,
  source: "ipapi",
};
const IP = "193.0.6.139";
const DAY = 86_400_000;

function setUp(kv?: Deno.Kv, ttlMs = DAY) {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const create = (size?: number) =>
    createGeoCache({
      provider: "ipapi",
      now: () => clock.now,
      kv,
      ttlMs,
      size,
    });
  return { clock, create };
}

Deno.test("geo cache: another process finds the answer, until it expires", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, create } = setUp(kv);
  await create().store(IP, oslo);
  const other = create();
  assertEquals(other.peek(IP), undefined);
  assertEquals((await other.load(IP))?.place, oslo);
  assertEquals(other.peek(IP)?.place, oslo);
  clock.now += DAY - 1;
  assertEquals((await create().load(IP))?.place, oslo);
  // The row is still readable: KV removes it late.
  clock.now += 1;
  assertEquals((await kv.get(keys.geo("ipapi", IP))).value !== null, true);
  assertEquals(await create().load(IP), undefined);
  assertEquals(other.peek(IP), undefined);
  assertEquals(await other.load(IP), undefined);
});

Deno.test("geo cache: an unknown place is remembered too", async () => {
  using kv = await Deno.openKv(":memory:");
  const { create } = setUp(kv);
  await create().store(IP, null);
  const entry = await create().load(IP);
  assertEquals(entry?.place, null);
  assertEquals(entry?.failed, false);
});

Deno.test("geo cache: a failure is remembered for five minutes, not in KV", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, create } = setUp(kv);
  const cache = create();
  cache.fail(IP);
  assertEquals(cache.peek(IP)?.failed, true);
  assertEquals(await create().load(IP), undefined);
  clock.now += 299_999;
  assertEquals((await cache.load(IP))?.failed, true);
  clock.now += 1;
  assertEquals(cache.peek(IP), undefined);
  assertEquals(await cache.load(IP), undefined);
});

Deno.test("geo cache: what another hand put into KV is checked", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, create } = setUp(kv);
  const expiresAt = clock.now + 1000;
  const misses = [
    null,
    "text",
    7,
    [],
    {},
    { place: oslo },
    { place: oslo, expiresAt: "9999999999999" },
    { place: oslo, expiresAt: NaN },
    { place: "Oslo", expiresAt },
    { place: undefined, expiresAt },
    { expiresAt },
  ];
  for (const value of misses) {
    await kv.set(keys.geo("ipapi", IP), value);
    assertEquals(await create().load(IP), undefined, Deno.inspect(value));
  }
  await kv.set(keys.geo("ipapi", IP), {
    place: { country_code: "<b>", city: "a\0b", latitude: 1e9, longitude: 0 },
    expiresAt,
  });
  assertEquals((await create().load(IP))?.place, {
    country_code: null,
    country: null,
    city: "ab",
    latitude: null,
    longitude: null,
    source: "ipapi",
  });
});

Deno.test("geo cache: KV that throws or hangs is a miss", async () => {
  const broken = [
    () => Promise.reject(new Error("disk full")),
    () => {
      throw new TypeError("closed");
    },
    () => new Promise(() => {}),
  ];
  for (const call of broken) {
    const kv = { get: call, set: call } as unknown as Deno.Kv;
    const cache = createGeoCache({
      provider: "ipapi",
      now: () => 0,
      kv,
      ttlMs: DAY,
      kvDeadlineMs: 10,
    });
    assertEquals(await cache.load(IP), undefined);
    await cache.store(IP, oslo);
    assertEquals((await cache.load(IP))?.place, oslo);
  }
});

Deno.test("geo cache: the memory is bounded, KV fills it again", async () => {
  using kv = await Deno.openKv(":memory:");
  const { create } = setUp(kv);
  const cache = create(10);
  for (let i = 0; i < 30; i++) await cache.store(`193.0.6.${i}`, oslo);
  assertEquals(cache.size(), 10);
  assertEquals(cache.peek("193.0.6.0"), undefined);
  assertEquals((await cache.load("193.0.6.0"))?.place, oslo);
  assertEquals(cache.size(), 10);
});

Deno.test("geo cache: without KV it is a memory", async () => {
  const { clock, create } = setUp(undefined, 1000);
  const cache = create();
  await cache.store(IP, oslo);
  assertEquals((await cache.load(IP))?.place, oslo);
  clock.now += 1000;
  assertEquals(await cache.load(IP), undefined);
});
