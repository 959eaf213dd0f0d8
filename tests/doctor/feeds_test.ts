import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkFeeds } from "../../lib/doctor/feeds.ts";
import { entriesInForce } from "../../lib/feeds/feed.ts";
import { getFeed } from "../../lib/feeds/feed_store.ts";
import { DAY, failure, feedBench } from "../feeds/_feeds.ts";

Deno.test("checkFeeds() tells of feeds that wait, fail or are overdue", async () => {
  using kv = await Deno.openKv(":memory:");
  const b = feedBench(kv);
  const check = async () => (await checkFeeds(kv, b.clock.now))[0];
  assertEquals(await check(), undefined);
  await b.add("drop", "8.8.8.8\n8.8.4.4");
  assertEquals(await check(), {
    level: "ok",
    title: "Feeds",
    detail: "1 list with 2 entries.",
  });
  await b.refresh("drop", "");
  assertEquals((await check())?.detail, "A list of drop waits for approval.");
  await b.refresh("drop", "8.8.8.8\n");
  await b.refresh("drop", failure("No answer"));
  assertEquals(
    (await check())?.detail,
    "drop cannot be refreshed: No answer.",
  );
  await b.refresh("drop", "8.8.8.8\n");
  b.clock.now += 2 * DAY;
  assertStringIncludes((await check())!.detail, "overdue");
  const feed = (await getFeed(kv, "drop"))!;
  assertEquals(entriesInForce(feed, b.clock.now), 1);
  assertEquals(entriesInForce(feed, b.clock.now + DAY), 0);
  assertEquals((await b.blocked()).length, 1);
  b.clock.now += DAY;
  assertEquals(await b.blocked(), []);
});
