import { Refusal } from "../../lib/base/refusal.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RequestLog } from "../../lib/log/request_log.ts";
import { pageRequests, scanRequests } from "../../lib/log/request_query.ts";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";
import { waitFor } from "../_wait.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5, 12);

function record(fields: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...UNKNOWN,
    timestamp: START,
    ip_address: "203.0.113.9",
    method: "GET",
    path: "/",
    status: 200,
    duration_ms: 1.25,
    country_code: "NL",
    city: "Amsterdam",
    user_agent: "curl/8",
    referrer: null,
    username: null,
    outcome: "allowed",
    ...fields,
  };
}

function options(kv: Deno.Kv, now = () => START) {
  return { kv, now, retentionMs: 30 * 24 * HOUR };
}

async function all(kv: Deno.Kv, now = () => START): Promise<RequestRecord[]> {
  const found = await Array.fromAsync(
    scanRequests(kv, { from: 0, to: START + 1_000 * HOUR }, now),
  );
  return found.flat();
}

Deno.test("request log: what is appended is stored as it was, unasked", async () => {
  using kv = await Deno.openKv(":memory:");
  const log = new RequestLog(options(kv));
  const records = [
    record(),
    record({ ip_address: "2001:db8::1", status: 404, outcome: "blocked" }),
    record({
      country_code: null,
      city: null,
      user_agent: null,
      username: "ann",
    }),
    record({
      path: "/łódź/東京",
      duration_ms: 4_000_000.125,
      outcome: "limited",
    }),
  ];
  records.forEach((each) => log.append(each));
  const stored = await waitFor("the records", async () => {
    const found = await all(kv);
    return found.length >= records.length && found;
  });
  assertEquals(stored, records);
  await log.close();
});

Deno.test("request log: close() stores what waits", async () => {
  using kv = await Deno.openKv(":memory:");
  const log = new RequestLog(options(kv));
  for (let i = 0; i < 3_000; i++) log.append(record({ path: `/${i}` }));
  await log.close();
  assertEquals((await all(kv)).length, 3_000);
});

Deno.test("records of the greatest size are split into blocks that the store takes", async () => {
  using kv = await Deno.openKv(":memory:");
  const log = new RequestLog(options(kv));
  for (let i = 0; i < 500; i++) {
    const unique = String(i).padStart(4, "0");
    log.append(record({
      path: "/" + "東a".repeat(126) + unique,
      user_agent: "é".repeat(126) + unique,
      referrer: "x".repeat(252) + unique,
      city: "ł".repeat(40) + unique,
    }));
  }
  await log.close();
  assertEquals(log.status().lastError, null);
  assertEquals((await all(kv)).length, 500);
});

Deno.test("request log: records that arrived out of order are found in their own minute", async () => {
  using kv = await Deno.openKv(":memory:");
  const log = new RequestLog(options(kv));
  log.append(record({ timestamp: START + 90_000, path: "/late" }));
  log.append(record({ timestamp: START, path: "/slow" }));
  await log.flush();
  const range = { from: START, to: START + 1_000 };
  const [found] = await Array.fromAsync(scanRequests(kv, range, () => START));
  assertEquals(found?.map((each) => each.path), ["/slow"]);
  await log.close();
});

Deno.test("request log: an expired block is not read although the store still has it", async () => {
  using kv = await Deno.openKv(":memory:");
  const log = new RequestLog(options(kv));
  log.append(record());
  await log.close();
  const later = () => START + 31 * 24 * HOUR;
  assertEquals(await all(kv, later), []);
  assertEquals((await pageRequests(kv, { limit: 10 }, later)).items, []);
});

Deno.test("a store that fails loses nothing once it is back, and is reported once", async () => {
  using kv = await Deno.openKv(":memory:");
  let down = true;
  const broken = {
    atomic: () => {
      if (down) throw new Error("disk full");
      return kv.atomic();
    },
  } as unknown as Deno.Kv;
  const errors: unknown[] = [];
  const log = new RequestLog({
    ...options(broken),
    onError: (error) => errors.push(error),
  });
  for (let i = 0; i < 1_000; i++) log.append(record({ path: `/${i}` }));
  await log.flush();
  await log.flush();
  assertEquals(log.status().waiting, 1_000);
  assertEquals(log.status().lastError, "disk full");
  down = false;
  await log.close();
  assertEquals(errors.length, 1);
  assertEquals(log.status().lastError, null);
  assertEquals((await all(kv)).length, 1_000);
});

Deno.test("with the store down memory stays bounded and what is dropped is counted", () => {
  const broken = {
    atomic: () => {
      throw new Error("down");
    },
  } as unknown as Deno.Kv;
  const log = new RequestLog(options(broken));
  const one = record();
  for (let i = 0; i < 200_100; i++) log.append(one);
  assertEquals(log.status().dropped, 100);
  return log.close(0);
});

Deno.test("a flood of blocked requests leaves room for the others, and what it drops is counted", () => {
  const broken = {
    atomic: () => {
      throw new Error("down");
    },
  } as unknown as Deno.Kv;
  const log = new RequestLog(options(broken));
  const blocked = record({ outcome: "blocked" });
  for (let i = 0; i < 100_000; i++) log.append(blocked);
  assertEquals(log.status().dropped, 0);
  for (let i = 0; i < 160_000; i++) log.append(blocked);
  assertEquals(log.status(), {
    ...log.status(),
    waiting: 110_000,
    dropped: 150_000,
  });
  for (let i = 0; i < 90_000; i++) log.append(record());
  assertEquals(log.status().dropped, 150_000);
  log.append(record());
  assertEquals(log.status().dropped, 150_001);
  return log.close(0);
});

Deno.test("request log: a commit that succeeded unheard is not stored twice", async () => {
  using kv = await Deno.openKv(":memory:");
  let lost = 1;
  const forgetful = {
    atomic: () => {
      const commit = kv.atomic();
      const real = commit.commit.bind(commit);
      commit.commit = async () => {
        const result = await real();
        if (lost-- > 0) throw new Error("connection lost after the commit");
        return result;
      };
      return commit;
    },
  } as unknown as Deno.Kv;
  const log = new RequestLog(options(forgetful));
  log.append(record());
  await log.flush();
  await log.close();
  assertEquals((await all(kv)).length, 1);
});

Deno.test("request log: a quiet minute's records share one row of the store, however often they are written", async () => {
  using kv = await Deno.openKv(":memory:");
  const log = new RequestLog(options(kv));
  for (let i = 0; i < 30; i++) {
    log.append(record({ timestamp: START + i * 1_000, path: `/${i}` }));
    await log.flush();
  }
  const rows = await Array.fromAsync(kv.list({ prefix: ["request_log"] }));
  assertEquals(rows.length, 1);
  const paths = (await all(kv)).map((each) => each.path);
  assertEquals(paths, Array.from({ length: 30 }, (_, i) => `/${i}`));
  assertEquals(log.status().written, 30);
  await log.close();
});

Deno.test("request log: a write that the store carries out late cannot undo a later one", async () => {
  using kv = await Deno.openKv(":memory:");
  let late: (() => Promise<unknown>) | undefined;
  const slow = {
    atomic: () => {
      const commit = kv.atomic();
      const real = commit.commit.bind(commit);
      commit.commit = () => {
        if (late) return real();
        late = real;
        throw new Error("no answer in time");
      };
      return commit;
    },
  } as unknown as Deno.Kv;
  const log = new RequestLog(options(slow));
  log.append(record({ path: "/1" }));
  await log.flush();
  log.append(record({ path: "/2" }));
  await log.flush();
  await late!();
  log.append(record({ path: "/3" }));
  await log.close();
  const paths = (await all(kv)).map((each) => each.path).sort();
  assertEquals(paths, ["/1", "/2", "/3"]);
});

async function readToEnd(kv: Deno.Kv, limit: number, filter = {}) {
  const items: RequestRecord[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: Awaited<ReturnType<typeof pageRequests>> = await pageRequests(
      kv,
      {
        limit,
        cursor,
        filter,
      },
      () => START,
    );
    items.push(...page.items);
    cursor = page.cursor;
    pages++;
  } while (cursor !== null);
  return { items, pages };
}

Deno.test("pageRequests(): several writers' overlapping blocks come newest first, each record once", async () => {
  using kv = await Deno.openKv(":memory:");
  const logs = [0, 1, 2].map(() => new RequestLog(options(kv)));
  let seed = 7;
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  const total = 2_345;
  for (let i = 0; i < total; i++) {
    logs[i % 3]!.append(record({
      timestamp: START + random(200_000),
      path: `/${i}`,
      ip_address: `203.0.113.${random(4)}`,
      status: 200 + random(3) * 100,
    }));
    if (i % 200 === 0) await Promise.all(logs.map((log) => log.flush()));
  }
  await Promise.all(logs.map((log) => log.close()));

  for (const limit of [1, 50, 500, 5_000].slice(1)) {
    const { items } = await readToEnd(kv, limit);
    assertEquals(items.length, total);
    assertEquals(new Set(items.map((each) => each.path)).size, total);
    const times = items.map((each) => each.timestamp);
    assertEquals(times, times.toSorted((a, b) => b - a));
  }

  const filter = {
    ip: (ip: string) => ip === "203.0.113.2",
    status: (status: number) => status === 300,
  };
  const everything = await all(kv);
  const expected = everything.filter((each) =>
    each.ip_address === "203.0.113.2" && each.status === 300
  );
  const { items } = await readToEnd(kv, 10, filter);
  assertEquals(items.length, expected.length);
  assert(expected.length > 100);
});

Deno.test("pageRequests(): records written while paging neither repeat nor skip others", async () => {
  using kv = await Deno.openKv(":memory:");
  const log = new RequestLog(options(kv));
  for (let i = 0; i < 100; i++) {
    log.append(record({ timestamp: START + i, path: `/${i}` }));
  }
  await log.flush();
  const first = await pageRequests(kv, { limit: 30 }, () => START);
  for (let i = 0; i < 50; i++) {
    log.append(record({ timestamp: START + 200 + i, path: `/new${i}` }));
  }
  await log.flush();
  const second = await pageRequests(
    kv,
    { limit: 100, cursor: first.cursor },
    () => START,
  );
  const paths = [...first.items, ...second.items].map((each) => each.path);
  assertEquals(paths, Array.from({ length: 100 }, (_, i) => `/${99 - i}`));
  assertEquals(second.cursor, null);
  await log.close();
});

Deno.test("pageRequests() refuses a cursor that is not one of its own", async () => {
  using kv = await Deno.openKv(":memory:");
  for (
    const cursor of [
      "x",
      "%%%",
      btoa("[1]"),
      btoa('[1,2,3,4,5,"6"]'),
      btoa("{}"),
      "é",
    ]
  ) {
    await assertRejects(
      () => pageRequests(kv, { limit: 1, cursor }, () => START),
      Refusal,
      "Cannot read cursor",
    );
  }
});

Deno.test("request log: the lag is the age of the oldest record of the last write", async () => {
  using kv = await Deno.openKv(":memory:");
  let now = START;
  const log = new RequestLog(options(kv, () => now));
  log.append(record({ timestamp: START }));
  log.append(record({ timestamp: START + 30 }));
  now = START + 70;
  await log.flush();
  assertEquals(log.status().lagMs, 70);
  log.append(record({ timestamp: START + 100 }));
  now = START + 105;
  await log.close();
  assertEquals(log.status().lagMs, 5);
});
