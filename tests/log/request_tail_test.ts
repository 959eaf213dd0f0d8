import { withFaults } from "../_fake_kv.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { RequestLog } from "../../lib/log/request_log.ts";
import { RequestTail, TailFullError } from "../../lib/log/request_tail.ts";
import { parsePosition } from "../../lib/log/tail_position.ts";
import { record } from "./_records.ts";
import { waitFor } from "../_wait.ts";

const NOW = Date.UTC(2026, 0, 5, 12, 0, 30);
const ALL = requestFilter(new URLSearchParams());

/** Two processes' logs on one store, and one process's tail. */
async function open() {
  const store = await Deno.openKv(":memory:");
  let [begun, ended] = [0, 0];
  const kv = withFaults(store, {
    async *list(...args: Parameters<Deno.Kv["list"]>) {
      begun++;
      try {
        yield* store.list(...args);
      } finally {
        ended++;
      }
    },
  });
  const clock = { now: NOW };
  const now = () => clock.now;
  const newLog = () => new RequestLog({ kv, now, retentionMs: 86_400_000 });
  const logs = [newLog(), newLog()];
  const newTail = (options = {}) =>
    new RequestTail({ kv, now, pollMs: 5, ...options });
  const tail = newTail();
  return {
    kv,
    clock,
    tail,
    newTail,
    async write(log: number, ...paths: string[]) {
      for (const path of paths) {
        logs[log]!.append(record({ timestamp: clock.now, path }));
      }
      await logs[log]!.flush();
    },
    log: (at: number) => logs[at]!,
    /** Waits until every follower has polled several times from now on. */
    async looks() {
      const at = begun + 4;
      await waitFor("looks", () => ended >= at);
    },
    async [Symbol.asyncDispose]() {
      tail.close();
      await Promise.all(logs.map((log) => log.close()));
      await waitFor("the end of a look under way", () => ended === begun);
      kv.close();
    },
  };
}

/** Follows and collects the records. */
async function follow(
  tail: RequestTail,
  { query = "", after }: { query?: string; after?: string } = {},
) {
  const heard = {
    paths: [] as string[],
    ids: [] as string[],
    position: after,
    end: undefined as string | undefined,
    skipped: 0,
    leave: () => {},
  };
  heard.leave = await tail.follow({
    filter: requestFilter(new URLSearchParams(query)),
    after: after === undefined ? null : parsePosition(after),
    onBatch({ records, position, skipped }) {
      for (const { id, record } of records) {
        heard.paths.push(record.path);
        heard.ids.push(id);
      }
      heard.position = position ?? heard.position;
      heard.skipped += skipped;
    },
    onEnd: (why) => heard.end = why,
  });
  return heard;
}

Deno.test("tail: tells what every process writes, once, as blocks grow", async () => {
  await using it = await open();
  await it.write(0, "/before");
  const heard = await follow(it.tail);
  const expected: string[] = [];
  for (let round = 0; round < 10; round++) {
    await it.write(0, `/a${round}`);
    await it.write(1, `/b${round}`, `/c${round}`);
    expected.push(`/a${round}`, `/b${round}`, `/c${round}`);
    if (round % 3 === 0) await delay(8);
  }
  await waitFor("records", () => heard.paths.length >= expected.length);
  await delay(30);
  assertEquals(heard.paths.toSorted(), expected.toSorted());
  assertEquals(new Set(heard.ids).size, expected.length);
});

Deno.test("tail: keeps to the filter", async () => {
  await using it = await open();
  const heard = await follow(it.tail, { query: "path=/b*" });
  await it.write(0, "/a", "/b1", "/c", "/b2");
  await it.write(1, "/b3", "/d");
  await waitFor("records", () => heard.paths.length >= 3);
  assertEquals(heard.paths.toSorted(), ["/b1", "/b2", "/b3"]);
});

Deno.test("tail: who comes back hears what was missed, and nothing twice", async () => {
  await using it = await open();
  const heard: string[] = [];
  const expected: string[] = [];
  let after: string | undefined;
  for (let visit = 0; visit < 6; visit++) {
    // A client may reconnect to another process.
    const tail = it.newTail();
    const session = await follow(tail, { after });
    after ??= tail.position;
    for (let i = 0; i < 5; i++) {
      const path = `/${visit}-${i}`;
      expected.push(path);
      await it.write(i % 2, path);
      await delay(i * 2);
    }
    // It may disconnect at any moment: after some records, or none.
    session.leave();
    heard.push(...session.paths);
    after = session.position ?? after;
    tail.close();
    const path = `/missed-${visit}`;
    expected.push(path);
    await it.write(0, path);
    it.clock.now += visit * 20_000;
  }
  const last = await follow(it.tail, { after });
  await waitFor(
    "records",
    () => heard.length + last.paths.length >= expected.length,
  );
  await delay(30);
  assertEquals([...heard, ...last.paths].toSorted(), expected.toSorted());
});

Deno.test("tail: records that come late are told, whatever their time", async () => {
  await using it = await open();
  const heard = await follow(it.tail);
  it.log(0).append(record({ timestamp: it.clock.now - 20_000, path: "/slow" }));
  it.log(0).append(
    record({ timestamp: it.clock.now - 45_000, path: "/slower" }),
  );
  await it.log(0).flush();
  await waitFor("records", () => heard.paths.length === 2);
  assertEquals(heard.paths.toSorted(), ["/slow", "/slower"]);
});

Deno.test("tail: time that goes back repeats nothing", async () => {
  await using it = await open();
  const heard = await follow(it.tail);
  await it.write(0, "/one");
  await waitFor("records", () => heard.paths.length === 1);
  it.clock.now += 180_000;
  await it.looks();
  it.clock.now -= 180_000;
  await it.looks();
  assertEquals(heard.paths, ["/one"]);
});

Deno.test("tail: who was away for too long is told to begin anew", async () => {
  await using it = await open();
  const first = await follow(it.tail);
  const after = it.tail.position;
  first.leave();
  it.clock.now += 2 * 3_600_000;
  const again = await follow(it.tail, { after });
  assertEquals(again.end, "reset");
  assertEquals(it.tail.size, 0);
});

Deno.test("tail: a flood is cut to its newest, and says how much is left out", async () => {
  await using it = await open();
  const heard = await follow(it.tail);
  await it.write(0, ...Array.from({ length: 1_000 }, (_, i) => `/${i}`));
  await waitFor("records", () => heard.paths.length + heard.skipped >= 1_000);
  assertEquals(heard.paths.length + heard.skipped, 1_000);
  assertEquals(heard.paths.at(-1), "/999");
  assert(heard.skipped >= 100, `${heard.skipped}`);
});

Deno.test("tail: no more follow than may, and a place that is left is free", async () => {
  await using it = await open();
  const tail = it.newTail({ capacity: 2 });
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => follow(tail)),
  );
  const taken = results.filter(({ status }) => status === "fulfilled");
  assertEquals(taken.length, 2);
  await assertRejects(() => follow(tail), TailFullError);
  (taken[0] as PromiseFulfilledResult<{ leave(): void }>).value.leave();
  await follow(tail);
  tail.close();
  assertEquals(tail.size, 0);
});

Deno.test("tail: closing ends every follower, once", async () => {
  await using it = await open();
  const followers = await Promise.all([follow(it.tail), follow(it.tail)]);
  it.tail.close();
  assertEquals(followers.map(({ end }) => end), ["closed", "closed"]);
  await assertRejects(
    () => it.tail.follow({ filter: ALL, onBatch() {}, onEnd() {} }),
    TailFullError,
  );
});

Deno.test("tail: looks at nothing while nobody follows", async () => {
  await using it = await open();
  let reads = 0;
  const counting = withFaults(it.kv, {
    list(...args: Parameters<Deno.Kv["list"]>) {
      reads++;
      return it.kv.list(...args);
    },
  });
  const tail = new RequestTail({ kv: counting, now: () => NOW, pollMs: 5 });
  (await follow(tail)).leave();
  const before = reads;
  await delay(40);
  assertEquals(reads, before);
  tail.close();
});

Deno.test("tail: a store that fails ends those who follow", async () => {
  await using it = await open();
  let isBroken = false;
  const breakable = withFaults(it.kv, {
    list(...args: Parameters<Deno.Kv["list"]>) {
      if (isBroken) throw new Error("disk I/O error");
      return it.kv.list(...args);
    },
  });
  const tail = new RequestTail({ kv: breakable, now: () => NOW, pollMs: 5 });
  const heard = await follow(tail);
  isBroken = true;
  await waitFor("records", () => heard.end === "failed");
  assertEquals(tail.size, 0);
});
