import { assertEquals } from "@std/assert";
import { Outage } from "../../lib/store/outage.ts";

function setting() {
  const clock = { now: 1_000_000 };
  const events: string[] = [];
  const outage = new Outage({
    now: () => clock.now,
    log: (_level, event) => void events.push(event),
  });
  return { clock, events, outage };
}

Deno.test("Outage: a thousand failures are one line, and the end is another", () => {
  const { clock, events, outage } = setting();
  outage.answered();
  for (let i = 0; i < 1_000; i++) outage.failed(new Error("disk I/O error"));
  clock.now += 5_000;
  outage.answered();
  outage.answered();
  assertEquals(events, ["sys_store_down", "sys_store_up"]);
});

Deno.test("Outage: reads that work while writes fail are not the end of it", () => {
  const { clock, events, outage } = setting();
  for (let i = 0; i < 100; i++) {
    outage.failed(new Error("database or disk is full"));
    clock.now += 500;
    outage.answered();
  }
  assertEquals(events, ["sys_store_down"]);
});

Deno.test("Outage: a clock set back does not keep it up for ever", () => {
  const { clock, events, outage } = setting();
  outage.failed(new Error("x"));
  clock.now -= 3_600_000;
  outage.answered();
  assertEquals(events, ["sys_store_down", "sys_store_up"]);
});
