import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { blockIp } from "../../lib/lists/access_store.ts";
import { findReceipt } from "../../lib/console/receipt_search.ts";
import { parseReceipt, Receipts } from "../../lib/lists/receipts.ts";
import { record, store } from "../log/_records.ts";

const NOW = Date.UTC(2026, 0, 8, 12);
const now = () => NOW;

Deno.test("Receipts: one address has one receipt in every process, and two stores differ", async () => {
  using a = await Deno.openKv(":memory:");
  using b = await Deno.openKv(":memory:");
  const receipt = (await Receipts.open(a)).of("203.0.113.9");
  assertEquals((await Receipts.open(a)).of("203.0.113.9"), receipt);
  assertNotEquals((await Receipts.open(b)).of("203.0.113.9"), receipt);
  assertEquals(parseReceipt(receipt), receipt);
});

for (
  const [text, expected] of [
    ["0123456789AB", "0123456789AB"],
    ["oi23-4567 89ab", "0123456789AB"],
    [" l123456789ab ", "1123456789AB"],
    ["0123456789A", null],
    ["0123456789ABC", null],
    ["0123456789AU", null],
    ["203.0.113.9", null],
    ["", null],
    [" ".repeat(10_000), null],
  ] as const
) {
  Deno.test(`parseReceipt() reads ${JSON.stringify(text.slice(0, 20))} as ${expected}`, () => {
    assertEquals(parseReceipt(text), expected);
  });
}

Deno.test("findReceipt() finds blocked addresses, refused ones in the log, and those in blocked ranges", async () => {
  using kv = await Deno.openKv(":memory:");
  const receipts = await Receipts.open(kv);
  const order = { created_by: "ann" };
  await blockIp(kv, now, { ip: "203.0.113.9", ...order });
  await blockIp(kv, now, { ip: "2001:db8::/48", ...order });
  await blockIp(kv, now, { ip: "198.51.100.0/22", ...order });
  await blockIp(kv, now, { ip: "192.0.2.1", ...order, expires_at: NOW + 1 });
  await store(kv, now, [
    record({ timestamp: NOW - 9, ip_address: "192.0.2.7" }),
    record({
      timestamp: NOW - 9,
      ip_address: "2001:db8::5",
      outcome: "blocked",
    }),
  ]);
  const find = (ip: string, at = now) =>
    findReceipt(kv, at, receipts, receipts.of(ip));
  for (const ip of ["203.0.113.9", "2001:db8::5", "198.51.103.254"]) {
    assertEquals(await find(ip), ip);
  }
  assertEquals(await find("192.0.2.7"), null, "was let in");
  assertEquals(await find("192.0.2.1", () => NOW + 1), null, "has expired");
});

Deno.test("findReceipt() gives up in time", async () => {
  using kv = await Deno.openKv(":memory:");
  const receipts = await Receipts.open(kv);
  for (let i = 0; i < 20; i++) {
    await blockIp(kv, now, { ip: `10.${i}.0.0/16`, created_by: "ann" });
  }
  const started = performance.now();
  assertEquals(
    await findReceipt(kv, now, receipts, "000000000000", 100),
    null,
  );
  assert(performance.now() - started < 2_000);
});
