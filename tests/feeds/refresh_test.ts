import { Refusal } from "../../lib/base/refusal.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { listAudit } from "../../lib/store/audit.ts";
import { addFeed, getFeed, withFeed } from "../../lib/feeds/feed_store.ts";
import { confirmFeed, discardStaged } from "../../lib/feeds/decide.ts";
import { importList } from "../../lib/feeds/import_list.ts";
import { refreshDue, refreshFeed } from "../../lib/feeds/refresh.ts";
import { removeFeed } from "../../lib/feeds/remove.ts";
import { blockMany } from "../../lib/lists/access_import.ts";
import { AccessLists } from "../../lib/lists/access_lists.ts";
import { allEntries } from "../../lib/lists/access_read.ts";
import {
  allowIp,
  blockIp,
  disallowIp,
  unblockIp,
} from "../../lib/lists/access_store.ts";
import { RequestLog } from "../../lib/log/request_log.ts";
import { keys } from "../../lib/store/keys.ts";
import { onCommit, onSet } from "../_fake_kv.ts";
import { faulty, twoConnections } from "../lists/_access.ts";
import { record } from "../log/_records.ts";
import { ACTOR, addresses, DAY, failure, feedBench, HOUR } from "./_feeds.ts";

const by = { created_by: "ann" };

async function bench() {
  const kv = await Deno.openKv(":memory:");
  return { ...feedBench(kv), [Symbol.dispose]: () => kv.close() };
}

async function audits(kv: Deno.Kv, now: number) {
  const { items } = await listAudit(kv, { limit: 100, now });
  return items.map(({ what, target }) => `${what} ${target}`).sort();
}

Deno.test("feeds: the first list waits to be looked at, then is applied, then follows", async () => {
  using b = await bench();
  await addFeed(
    b.context,
    { name: "drop", url: "https://lists.example/drop" },
    ACTOR,
  );
  b.web["https://lists.example/drop"] = "8.8.8.0/24 ; SBL1\n8.8.4.4\n10.0.0.1";
  for (let i = 0; i < 2; i++) {
    const held = await refreshFeed(b.context, "drop", ACTOR);
    assertEquals(held.kind, "held");
    assertEquals(await b.blocked(), []);
    const { staged, list, last } = (await getFeed(b.kv, "drop"))!;
    assertEquals([staged?.entries, list, last?.kind], [2, null, "held"]);
    assertEquals(staged?.report.changes.added, 2);
    assertEquals(staged?.report.skipped, { special: 1 });
  }
  assertEquals((await confirmFeed(b.context, "drop", ACTOR)).kind, "applied");
  assertEquals(await b.blocked(), [
    "8.8.4.4 feed:drop On the list drop",
    "8.8.8.0/24 feed:drop SBL1",
  ]);
  const next = await b.refresh("drop", "8.8.8.0/24 ; SBL2\n8.8.1.1");
  assertEquals(next.kind, "applied");
  assertEquals(next.report?.changes, {
    added: 1,
    kept: 1,
    renewed: 1,
    gone: 1,
    handed_over: 0,
    others: 0,
  });
  assertEquals(await b.blocked(), [
    "8.8.1.1 feed:drop On the list drop",
    "8.8.8.0/24 feed:drop SBL2",
  ]);
  assertEquals((await b.refresh("drop")).kind, "unchanged");
  const removed = await removeFeed(b.context, "drop", ACTOR);
  assertEquals(removed.kind, "removed");
  assertEquals(await b.blocked(), []);
  assertEquals(await getFeed(b.kv, "drop"), null);
  const left = await Array.fromAsync(
    b.kv.list({ prefix: keys.feedParts("drop") }),
  );
  assertEquals(left, []);
  assertEquals(await audits(b.kv, b.clock.now), [
    "add_feed drop",
    "refresh_feed drop",
    "refresh_feed drop",
    "remove_feed drop",
  ]);
});

Deno.test("feeds: what was blocked by hand, by a rule or by another feed stays theirs", async () => {
  using b = await bench();
  const { kv, context } = b;
  await blockIp(kv, context.now, { ip: "8.8.8.8", reason: "mine", ...by });
  await blockIp(kv, context.now, {
    ip: "8.8.1.1",
    created_by: "auto:high_volume",
    expires_at: b.clock.now + HOUR,
  });
  await b.add("one", "8.8.8.8\n8.8.1.1\n8.8.2.2\n8.8.3.3");
  const two = await b.add("two", "8.8.8.8\n8.8.2.2\n8.8.4.4");
  assertEquals(two.report?.changes.others, 2);
  const all = [
    "8.8.1.1 auto:high_volume ",
    "8.8.2.2 feed:one On the list one",
    "8.8.3.3 feed:one On the list one",
    "8.8.4.4 feed:two On the list two",
    "8.8.8.8 ann mine",
  ];
  assertEquals(await b.blocked(), all);

  // The rule's block expires: the feed's block replaces it.
  b.clock.now += 2 * HOUR;
  await b.refresh("one");
  all[0] = "8.8.1.1 feed:one On the list one";
  assertEquals(await b.blocked(), all);

  // Once blocked manually, an entry stays a manual one.
  await blockIp(kv, context.now, { ip: "8.8.3.3", reason: "mine", ...by });
  const removed = await removeFeed(context, "one", ACTOR);
  assertStringIncludes(removed.message, "1 of them kept by another feed");
  assertEquals(await b.blocked(), [
    "8.8.2.2 feed:two On the list two",
    "8.8.3.3 ann mine",
    "8.8.4.4 feed:two On the list two",
    "8.8.8.8 ann mine",
  ]);
  await removeFeed(context, "two", ACTOR);
  assertEquals(await b.blocked(), ["8.8.3.3 ann mine", "8.8.8.8 ann mine"]);
});

Deno.test("feeds: the safelist keeps a feed away, also from a list that has not changed", async () => {
  using b = await bench();
  await b.add("drop", "8.8.8.0/24\n8.8.4.4");
  await allowIp(b.kv, b.context.now, { ip: "8.8.8.8", ...by });
  await allowIp(b.kv, b.context.now, { ip: "8.8.4.4", ...by });
  assertEquals((await b.refresh("drop")).kind, "unchanged");
  assertEquals(await b.blocked(), []);
});

Deno.test("feeds: what was safelisted when a list came is blocked when it is not any more", async () => {
  using b = await bench();
  await allowIp(b.kv, b.context.now, { ip: "8.8.8.8", ...by });
  const first = await b.add("drop", "8.8.8.0/24 ; SBL1\n8.8.4.4");
  assertEquals(first.report?.skipped, { safelisted: 1 });
  assertEquals((await b.blocked()).length, 1);
  await disallowIp(b.kv, b.context.now, "8.8.8.8");
  assertStringIncludes((await b.refresh("drop")).message, "1 restored");
  assertEquals((await b.blocked())[1], "8.8.8.0/24 feed:drop SBL1");
});

Deno.test("feeds: entries end unless refreshed, and are prolonged only when half of their time is over", async () => {
  using b = await bench();
  await b.add("drop", "8.8.8.8\n8.8.4.4");
  const end = async () =>
    (await b.kv.get<{ expires_at: number }>(keys.access("blocked", "8.8.8.8")))
      .value!.expires_at - b.clock.now;
  assertEquals(await end(), 3 * DAY);
  b.clock.now += DAY;
  b.web["https://lists.example/drop"] = "304";
  await b.refresh("drop");
  assertEquals(await end(), 2 * DAY);
  b.clock.now += DAY;
  const { message } = await b.refresh("drop");
  assertStringIncludes(message, "2 prolonged");
  assertEquals(await end(), 3 * DAY);
  await unblockIp(b.kv, b.context.now, "8.8.4.4");
  assertStringIncludes((await b.refresh("drop")).message, "1 restored");
  b.clock.now += 3 * DAY;
  assertEquals(await b.blocked(), []);
});

Deno.test("feeds: a refresh that fails leaves the entries, is audited, and is tried again sooner", async () => {
  using b = await bench();
  await b.add("drop", "8.8.8.8\n8.8.4.4");
  const before = await b.blocked();
  for (
    const [answer, says] of [
      [failure("host did not answer completely within 30 s"), "30 s"],
      ["<html>Not found</html>\n<body>", "all of its lines"],
      ['{"type":"metadata","records":7}\n', "7 entries"],
    ] as const
  ) {
    const { kind, message } = await b.refresh("drop", answer);
    assertEquals(kind, "failed");
    assertStringIncludes(message, says);
    assertEquals(await b.blocked(), before);
  }
  const feed = (await getFeed(b.kv, "drop"))!;
  assertEquals([feed.failures, feed.last?.kind], [3, "failed"]);
  assertEquals(feed.next_at! - b.clock.now, 40 * 60_000);
  assertEquals(await audits(b.kv, b.clock.now), [
    "add_feed drop",
    "feed_failed drop",
    "feed_failed drop",
    "feed_failed drop",
    "refresh_feed drop",
  ]);
  assertEquals((await b.refresh("drop", "8.8.8.8")).kind, "applied");
  assertEquals((await getFeed(b.kv, "drop"))!.failures, 0);
});

for (
  const [what, list, says] of [
    ["is empty", "# nothing\n", "shrunk from 100 entries to 0"],
    ["has shrunk by 91 %", addresses(9), "shrunk from 100 entries to 9"],
    ["has grown", addresses(10_101), "grown from 100 entries to 10,101"],
    [
      "is damaged",
      addresses(90) + "x\n".repeat(11),
      "11 of 101 lines are invalid",
    ],
    [
      "holds a tenth of the internet",
      addresses(90) +
      [...Array(26).keys()].map((i) => `${i + 20}.0.0.0/8`).join("\n"),
      "10 % of all IPv4 addresses",
    ],
  ] as const
) {
  Deno.test(`feeds: a list that ${what} waits for a person's word`, async () => {
    using b = await bench();
    await b.add("drop", addresses(100));
    const before = await b.blocked();
    const held = await b.refresh("drop", list);
    assertEquals(held.kind, "held", held.message);
    assertStringIncludes(held.message, says);
    assertEquals(await b.blocked(), before);
    // Held again, it is not reported again.
    await b.refresh("drop");
    const said = await audits(b.kv, b.clock.now);
    assertEquals(said.filter((line) => line === "hold_feed drop").length, 1);

    assertEquals(
      (await discardStaged(b.context, "drop", ACTOR)).kind,
      "discarded",
    );
    assertEquals((await confirmFeed(b.context, "drop", ACTOR)).kind, "failed");
    await b.refresh("drop");
    assertEquals((await confirmFeed(b.context, "drop", ACTOR)).kind, "applied");
    assertEquals((await getFeed(b.kv, "drop"))!.staged, null);
  });
}

Deno.test("feeds: a list that waits is forgotten when a good one comes", async () => {
  using b = await bench();
  await b.add("drop", addresses(100));
  await b.refresh("drop", "");
  assertEquals((await b.refresh("drop", addresses(101))).kind, "applied");
  assertEquals((await getFeed(b.kv, "drop"))!.staged, null);
  await b.refresh("drop", "8.8.8.8");
  assertEquals((await b.refresh("drop", addresses(101))).kind, "unchanged");
  assertEquals((await getFeed(b.kv, "drop"))!.staged, null);
});

Deno.test("feeds: a list that would have blocked many visitors or a user waits", async () => {
  using b = await bench();
  const log = new RequestLog({
    kv: b.kv,
    now: b.context.now,
    retentionMs: 30 * DAY,
  });
  for (let i = 0; i < 40; i++) {
    log.append(record({
      timestamp: b.clock.now - HOUR,
      ip_address: `8.0.0.${i}`,
      status: i < 20 ? 200 : 404,
      username: null,
    }));
  }
  await log.flush();
  const ok = await b.add("drop", "8.0.0.1\n8.9.9.9");
  assertEquals(ok.report?.traffic, {
    requests: 40,
    hit_requests: 1,
    visitors: 20,
    hit_visitors: 1,
    users: 0,
    hit_users: 0,
    top: [{ ip: "8.0.0.1", requests: 1 }],
    at_least: false,
    note: null,
  });
  const many = await b.refresh("drop", "8.0.0.0/31\n8.9.9.9");
  assertStringIncludes(many.message, "2 of the last 7 days' 20 visitors");
  log.append(record({
    timestamp: b.clock.now - HOUR,
    ip_address: "8.0.1.1",
    username: "bob",
  }));
  await log.flush();
  const user = await b.refresh("drop", "8.0.1.0/24\n8.9.9.9");
  assertStringIncludes(user.message, "1 of the last 7 days' 1 signed-in users");
  await log.close();
});

Deno.test("feeds: two processes that refresh at once fetch once and agree", async () => {
  await using two = await twoConnections();
  const a = feedBench(two.a);
  await a.add("drop", addresses(50));
  const b = feedBench(two.b);
  b.web["https://lists.example/drop"] =
    a.web["https://lists.example/drop"] =
      addresses(60);
  const done = await Promise.all([a.refresh("drop"), b.refresh("drop")]);
  const kinds = done.map(({ kind }) => kind).sort();
  assert(
    ["applied,busy", "applied,unchanged"].includes(kinds.join()),
    kinds.join(),
  );
  assertEquals((await a.blocked()).length, 60);
});

for (const size of [500, 2_600]) {
  Deno.test(`feeds: refreshed to ${size} entries while addresses are blocked by hand, the hand wins`, async () => {
    await using two = await twoConnections();
    const a = feedBench(two.a);
    await a.add("drop", addresses(400));
    a.web["https://lists.example/drop"] = addresses(size);
    const hands = async () => {
      for (let i = 400; i < 420; i++) {
        const ip = `8.0.1.${i - 256}`;
        await blockIp(two.b, a.context.now, { ip, reason: "mine", ...by });
      }
    };
    const [{ kind }] = await Promise.all([a.refresh("drop"), hands()]);
    if (kind === "held") await confirmFeed(a.context, "drop", ACTOR);
    const blocked = await a.blocked();
    assertEquals(blocked.length, size);
    assertEquals(blocked.filter((line) => line.endsWith("mine")).length, 20);
  });
}

Deno.test("feeds: what an import writes that nobody is told of yet is seen by a feed that compared before", async () => {
  using b = await bench();
  await b.add("drop", addresses(10));
  let commits = 0;
  const kv = onCommit(b.kv, async () => {
    // In the middle of the feed's writes, all of which are of unblocked addresses.
    if (++commits !== 9) return;
    let writes = 0;
    const dying = onCommit(b.kv, () => {
      if (++writes > 1) throw new Error("killed before it made a version");
    });
    const rows = [...Array(100).keys()].map((i) => ({
      ip: `8.0.4.${i}`,
      reason: "mine",
      ...by,
    }));
    await assertRejects(
      () => blockMany(dying, b.context.now, rows),
      Error,
      "killed",
    );
  });
  await addFeed(
    b.context,
    { name: "big", url: "https://lists.example/big" },
    ACTOR,
  );
  b.web["https://lists.example/big"] = addresses(2_600);
  const context = { ...b.context, kv };
  await refreshFeed(context, "big", ACTOR);
  await confirmFeed(context, "big", ACTOR);
  assert(commits > 12, `${commits}`);
  const blocked = await b.blocked();
  assertEquals(blocked.length, 2_600);
  assertEquals(blocked.filter((line) => line.endsWith("mine")).length, 100);
});

Deno.test("feeds: hits live as long as the entries that a feed renews, also where there are many", async () => {
  using b = await bench();
  await b.add("drop", addresses(60));
  await using lists = await AccessLists.open(b.kv, { now: b.context.now });
  for await (
    const { ip_address } of allEntries(b.kv, "blocked", b.context.now)
  ) {
    lists.recordHit({ ip_address });
  }
  await lists.flushHits();
  const ends = new Map<string, number | undefined>();
  const kv = onSet(b.kv, (key, expireIn) => {
    if (key[0] === keys.blockHitsAll()[0]) ends.set(String(key[1]), expireIn);
  });
  b.clock.now += 2 * DAY;
  await refreshFeed({ ...b.context, kv }, "drop", ACTOR);
  assertEquals(ends.size, 60);
  assertEquals(new Set(ends.values()), new Set([3 * DAY]));
});

for (const [size, big] of [[120, false], [2_100, true]] as const) {
  Deno.test(`feeds: broken off at any write of ${size} entries, the next run ends it`, async () => {
    for (let at = 1;; at += big ? 61 : 3) {
      using b = await bench();
      await b.add("drop", addresses(size));
      await blockIp(b.kv, b.context.now, { ip: "9.1.1.1", ...by });
      await using lists = await AccessLists.open(b.kv, { now: b.context.now });
      let writes = 0;
      const broken = faulty(b.kv, () => {
        if (++writes >= at) throw new Error("killed");
      });
      const list = addresses(size, size / 2) + "9.1.1.1\n";
      b.web["https://lists.example/drop"] = list;
      let broke = true;
      try {
        await refreshFeed({ ...b.context, kv: broken }, "drop", ACTOR);
        broke = false;
      } catch (error) {
        assertStringIncludes(String(error), "killed");
      }
      // The lease of a dead process expires.
      b.clock.now += 61_000;
      if (broke) await refreshDue(b.context);
      await b.refresh("drop");
      const blocked = await b.blocked();
      assertEquals(blocked.length, size + 1);
      assertEquals(blocked.filter((line) => line.includes("ann")).length, 1);
      await lists.poll();
      assertEquals(lists.sizes.blocked, size + 1);
      assertEquals(lists.match("8.0.0.0", b.clock.now), null);
      const parts = new Set<unknown>();
      for await (
        const { key } of b.kv.list({ prefix: keys.feedParts("drop") })
      ) {
        parts.add(key[2]);
      }
      assertEquals(parts.size, 1);
      if (!broke) break;
    }
  });
}

Deno.test("feeds: a removal that broke off goes on by itself", async () => {
  using b = await bench();
  await b.add("drop", addresses(300));
  let writes = 0;
  const broken = faulty(b.kv, () => {
    if (++writes > 30) throw new Error("killed");
  });
  await assertRejects(
    () => removeFeed({ ...b.context, kv: broken }, "drop", ACTOR),
    Error,
    "killed",
  );
  const left = (await b.blocked()).length;
  assert(left > 0 && left < 300, `${left} left`);
  b.clock.now += 61_000;
  const [done] = await refreshDue(b.context);
  assertEquals(done?.outcome.kind, "removed");
  assertEquals(await b.blocked(), []);
});

Deno.test("feeds: what is due is refreshed, once, and nothing else", async () => {
  using b = await bench();
  await b.add("one", "8.8.8.8");
  await b.add("two", "8.8.4.4");
  assertEquals(await refreshDue(b.context), []);
  b.clock.now += DAY;
  await b.refresh("two");
  const due = await refreshDue(b.context);
  assertEquals(due.map(({ name }) => name), ["one"]);
  assertEquals(await refreshDue(b.context), []);
});

Deno.test("feeds: what another process did between the look and the lease is not done again", async () => {
  using b = await bench();
  await b.add("drop", "8.8.8.8");
  b.clock.now += DAY;
  // The first commit takes the lease.
  const late = onCommit(b.kv, (n) => n === 1 ? b.refresh("drop") : null);
  const fetches = b.fetches();
  assertEquals(await refreshDue({ ...b.context, kv: late }), []);
  assertEquals(b.fetches(), fetches + 1);
});

Deno.test("feeds: held by another process, a feed is left alone", async () => {
  using b = await bench();
  await b.add("drop", "8.8.8.8");
  const fetches = b.fetches();
  await withFeed(b.context, "drop", async () => {
    assertEquals((await b.refresh("drop")).kind, "busy");
    assertEquals((await removeFeed(b.context, "drop", ACTOR)).kind, "busy");
  });
  assertEquals(b.fetches(), fetches);
  assertEquals((await b.refresh("nobody")).kind, "missing");
});

Deno.test("feeds: a list is imported, compared, and imported again without its old entries", async () => {
  using b = await bench();
  const order = (text: string, more = {}) => ({
    name: "mine",
    url: null,
    stream: new Blob([text]).stream(),
    for_ms: 7 * DAY,
    dryRun: false,
    sure: false,
    ...more,
  });
  const dry = await importList(
    b.context,
    order("8.8.8.8\n8.8.4.4", { dryRun: true }),
    ACTOR,
  );
  assertEquals([dry.kind, dry.report?.changes.added], ["applied", 2]);
  assertEquals(await Array.fromAsync(b.kv.list({ prefix: [] })), []);

  await importList(b.context, order("8.8.8.8\n8.8.4.4"), ACTOR);
  assertEquals((await b.blocked()).length, 2);
  await importList(b.context, order("8.8.8.8\n8.8.1.1"), ACTOR);
  assertEquals(await b.blocked(), [
    "8.8.1.1 feed:mine On the list mine",
    "8.8.8.8 feed:mine On the list mine",
  ]);
  const held = await importList(b.context, order("#"), ACTOR);
  assertEquals(held.kind, "held");
  assertEquals((await b.blocked()).length, 2);
  await importList(b.context, order("#", { sure: true }), ACTOR);
  assertEquals(await b.blocked(), []);

  await b.add("drop", "8.8.8.8");
  await assertRejects(
    () => importList(b.context, order("8.8.8.8", { name: "drop" }), ACTOR),
    Refusal,
    "another name",
  );
});

for (
  const [change, says] of [
    [{ name: "A" }, "lower case"],
    [{ name: "-a" }, "lower case"],
    [{ name: "a".repeat(41) }, "lower case"],
    [{ name: "" }, "lower case"],
    [{ url: "ftp://x.example/a" }, "http or https"],
    [{ url: "/etc/passwd" }, "http or https"],
    [{ every: "59m" }, "1h to 30d"],
    [{ every: "31d" }, "1h to 30d"],
    [{ every: "soon" }, "duration"],
    [{ every: "48h" }, "twice"],
    [{ for: "400d" }, "365d"],
  ] as const
) {
  Deno.test(`feeds: ${JSON.stringify(change)} is refused`, async () => {
    using b = await bench();
    const good = { name: "drop", url: "https://lists.example/drop" };
    await assertRejects(
      () => addFeed(b.context, { ...good, ...change }, ACTOR),
      Refusal,
      says,
    );
    await addFeed(b.context, good, ACTOR);
    await assertRejects(
      () => addFeed(b.context, good, ACTOR),
      Refusal,
      "that name",
    );
  });
}
