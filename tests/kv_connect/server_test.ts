import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "../../lib/base/delay.ts";
import { Link } from "./link.ts";
import { type KvConnectServer, startKvConnect, TOKEN } from "./server.ts";

Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);

/** Runs a test on the built-in client, connected to a server of its own. */
async function withKv(
  run: (kv: Deno.Kv, server: KvConnectServer) => Promise<void>,
  now?: () => number,
): Promise<void> {
  await using server = startKvConnect(now);
  const kv = await Deno.openKv(server.url);
  try {
    await run(kv, server);
  } finally {
    kv.close();
  }
}

Deno.test("KV Connect server: keeps values of every kind, in the order of their keys", () =>
  withKv(async (kv) => {
    const values: [Deno.KvKey, unknown][] = [
      [["a", 1], { deep: [1, "two", new Date(3), 4n] }],
      [["a", 2], new Uint8Array([0, 255])],
      [["a", 10], "text"],
      [["a", "b"], null],
      [["a", true], new Map([["x", undefined]])],
    ];
    for (const [key, value] of values.toReversed()) await kv.set(key, value);
    const rows = await Array.fromAsync(kv.list({ prefix: ["a"] }));
    assertEquals(
      new Set(rows.map(({ key, value }) => [key, value])),
      new Set(values),
    );
    const numbers = { start: ["a", 1], end: ["a", 10] };
    const back = await Array.fromAsync(kv.list(numbers, { reverse: true }));
    assertEquals(back.map(({ key }) => key[1]), [2, 1]);
    const [first, none] = await kv.getMany([["a", 1], ["a", 3]]);
    assertEquals([first.value, none.value, none.versionstamp], [
      values[0]![1],
      null,
      null,
    ]);
    await kv.delete(["a", 1]);
    assertEquals((await kv.get(["a", 1])).value, null);
  }));

Deno.test("KV Connect server: lists more than a page of rows", () =>
  withKv(async (kv) => {
    for (let i = 0; i < 1_200; i += 400) {
      const atomic = kv.atomic();
      for (let n = i; n < i + 400; n++) atomic.set(["row", n], n);
      await atomic.commit();
    }
    const rows = kv.list<number>({ prefix: ["row"] }, { batchSize: 500 });
    const all = await Array.fromAsync(rows, ({ value }) => value);
    assertEquals(all, Array.from({ length: 1_200 }, (_, i) => i));
  }));

Deno.test("KV Connect server: compare-and-set lets one of many win, sums are exact", () =>
  withKv(async (kv) => {
    const entry = await kv.get(["n"]);
    const commits = await Promise.all(
      Array.from(
        { length: 20 },
        (_, i) => kv.atomic().check(entry).set(["n"], i).commit(),
      ),
    );
    assertEquals(commits.filter(({ ok }) => ok).length, 1);
    await Promise.all(
      Array.from(
        { length: 20 },
        () =>
          kv.atomic().sum(["sum"], 2n).max(["max"], 7n).min(["min"], 3n)
            .commit(),
      ),
    );
    const read = async (key: string) =>
      (await kv.get<Deno.KvU64>([key])).value?.value;
    assertEquals(
      [await read("sum"), await read("max"), await read("min")],
      [40n, 7n, 3n],
    );
    await assertRejects(() => kv.atomic().sum(["n"], 1n).commit());
  }));

Deno.test("KV Connect server: forgets what expired, a minute late", () => {
  let now = Date.now();
  return withKv(async (kv) => {
    await kv.set(["soon"], 1, { expireIn: 60_000 });
    assertEquals((await kv.get(["soon"])).value, 1);
    now += 100_000;
    assertEquals((await kv.get(["soon"])).value, 1);
    now += 30_000;
    assertEquals((await kv.get(["soon"])).value, null);
  }, () => now);
});

Deno.test("KV Connect server: tells watchers of other clients' writes", () =>
  withKv(async (kv, { url }) => {
    using other = await Deno.openKv(url);
    const reader = kv.watch([["w"]]).getReader();
    assertEquals((await reader.read()).value?.[0]?.value, null);
    await other.set(["w"], "news");
    assertEquals((await reader.read()).value?.[0]?.value, "news");
    await reader.cancel();
  }));

Deno.test("KV Connect server: is not for those without a token", async () => {
  await using server = startKvConnect();
  Deno.env.set("DENO_KV_ACCESS_TOKEN", "another");
  try {
    await assertRejects(async () => {
      using kv = await Deno.openKv(server.url);
      await kv.get(["x"]);
    });
  } finally {
    Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
  }
});

Deno.test("Link: slow, hung and cut, a client waits and goes on when it is back", async () => {
  await using server = startKvConnect();
  await using link = new Link(server.port);
  const kv = await Deno.openKv(link.url);
  try {
    await kv.set(["x"], 1);
    link.delayMs = 50;
    const started = performance.now();
    await kv.get(["x"]);
    assert(performance.now() - started >= 100);
    link.delayMs = 0;
    for (const state of ["hung", "cut"] as const) {
      link.state = state;
      const waiting = kv.get(["x"]);
      await assertRejects(() => deadline(waiting, 100));
      link.state = "up";
      assertEquals((await deadline(waiting, 5_000)).value, 1);
    }
  } finally {
    kv.close();
  }
});
