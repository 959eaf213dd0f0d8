import { assertEquals } from "@std/assert";
import { BUSY_MINUTE, isBusy } from "../../lib/app/is_busy.ts";
import { HOUR, MINUTE } from "../../lib/base/duration.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { withFaults } from "../_fake_kv.ts";
import { HOUR_START, record } from "../detection/records.ts";
import { store } from "../log/_records.ts";

Deno.test("A site is busy for an hour or two after a minute with many requests", async () => {
  using kv = await Deno.openKv(":memory:");
  let at = HOUR_START + 30 * MINUTE;
  const now = () => at;
  const add = async (many: number) => {
    const one = record({ timestamp: at });
    await store(kv, now, Array.from({ length: many }, () => one));
    at += 2 * MINUTE;
    await rollUp({ kv, now });
  };
  assertEquals(await isBusy({ kv, now }), false);
  await add(BUSY_MINUTE);
  await add(BUSY_MINUTE);
  assertEquals(await isBusy({ kv, now }), false);
  await add(BUSY_MINUTE + 1);
  assertEquals(await isBusy({ kv, now }), true);
  at = HOUR_START + HOUR + 59 * MINUTE;
  assertEquals(await isBusy({ kv, now }), true);
  at = HOUR_START + 2 * HOUR;
  assertEquals(await isBusy({ kv, now }), false);
});

Deno.test("A store that fails says of no site that it is busy", async () => {
  using real = await Deno.openKv(":memory:");
  const kv = withFaults(real, {
    list: () => {
      throw new Error("disk I/O error");
    },
  });
  assertEquals(await isBusy({ kv, now: Date.now }), false);
});
