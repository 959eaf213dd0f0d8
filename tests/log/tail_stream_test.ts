import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { RequestLog } from "../../lib/log/request_log.ts";
import { RequestTail } from "../../lib/log/request_tail.ts";
import { tailStream } from "../../lib/log/tail_stream.ts";
import { EventReader } from "../_events.ts";
import { record } from "./_records.ts";

const NOW = Date.UTC(2026, 0, 5, 12);

async function open() {
  const kv = await Deno.openKv(":memory:");
  const now = () => NOW;
  const log = new RequestLog({ kv, now, retentionMs: 86_400_000 });
  const tail = new RequestTail({ kv, now, pollMs: 5 });
  return {
    log,
    tail,
    stream: (options: Partial<Parameters<typeof tailStream>[0]> = {}) =>
      tailStream({
        tail,
        filter: requestFilter(new URLSearchParams()),
        isAllowed: () => Promise.resolve(true),
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      tail.close();
      await log.close();
      await delay(20);
      kv.close();
    },
  };
}

Deno.test("tailStream() writes events that cannot be broken by what is in them", async () => {
  await using it = await open();
  await using reader = new EventReader(await it.stream());
  const path = "/\n\ndata: forged\n\n\r\u2028</script>";
  it.log.append(record({ timestamp: NOW, path, user_agent: "\0" }));
  await it.log.flush();
  await reader.until(() => reader.items().length === 1);
  assertEquals(reader.items()[0].path, path);
  assertEquals(reader.events.length, 1);
  assertMatch(reader.items()[0].id, /^[\w.]+$/);
});

Deno.test("tailStream() beats, and the beat carries the position along", async () => {
  await using it = await open();
  const stream = await it.stream({
    filter: requestFilter(new URLSearchParams("path=/other")),
    heartbeatMs: 10,
  });
  await using reader = new EventReader(stream);
  await reader.until(({ text }) => text.includes(": beat"));
  const before = reader.lastEventId;
  it.log.append(record({ timestamp: NOW, path: "/" }));
  await it.log.flush();
  await reader.until(({ lastEventId }) => lastEventId !== before);
  assertEquals(reader.events, []);
});

Deno.test("tailStream() ends when its reader may not listen any more, or cannot be asked about", async (t) => {
  const failures: Record<string, () => Promise<boolean>> = {
    "no more": () => Promise.resolve(false),
    "cannot be asked about": () => Promise.reject(new Error("store down")),
  };
  for (const [name, isAllowed] of Object.entries(failures)) {
    await t.step(name, async () => {
      await using it = await open();
      const stream = await it.stream({ isAllowed, checkMs: 10 });
      await using reader = new EventReader(stream);
      await reader.until(({ isOver }) => isOver);
      assertEquals(it.tail.size, 0);
    });
  }
});

Deno.test("tailStream() ends with the tail, and leaves it when its reader goes", async () => {
  await using it = await open();
  const gone = new EventReader(await it.stream());
  await gone[Symbol.asyncDispose]();
  assertEquals(it.tail.size, 0);
  await using reader = new EventReader(await it.stream());
  it.tail.close();
  await reader.until(({ isOver }) => isOver);
});

Deno.test("tailStream() sends away who reads too slowly", async () => {
  await using it = await open();
  const stream = await it.stream();
  const end = performance.now() + 5_000;
  for (let i = 0; it.tail.size > 0; i++) {
    assert(performance.now() < end, "it was never sent away");
    it.log.append(record({ timestamp: NOW, path: `/${i}` }));
    await it.log.flush();
    await delay(6);
  }
  await stream.cancel();
});
