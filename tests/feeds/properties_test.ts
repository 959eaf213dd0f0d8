import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { importList } from "../../lib/feeds/import_list.ts";
import { getFeed } from "../../lib/feeds/feed_store.ts";
import { diffList } from "../../lib/feeds/diff.ts";
import { wantedOf } from "../../lib/feeds/enforce.ts";
import { blockedItem } from "../../lib/lists/access_item.ts";
import { allEntries } from "../../lib/lists/access_read.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { firewallLines } from "../../lib/console/firewall.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { ACTOR, addresses, DAY, feedBench } from "./_feeds.ts";

/** Few addresses, so that lists overlap. */
const ip = fc.integer({ min: 0, max: 30 }).map((n) =>
  n < 20 ? `8.8.8.${n}` : n < 25 ? `8.${n}.0.0/16` : `2a00:${n}::/32`
);
const list = fc.uniqueArray(ip, { minLength: 1, maxLength: 30 });
const note = fc.string({ unit: "grapheme", maxLength: 30 })
  .map((text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]/gu, ""));

const order = (text: string, name = "mine", for_ms: number | null = null) => ({
  name,
  url: null,
  stream: new Blob([text]).stream(),
  for_ms,
  dryRun: false,
  sure: true,
});

Deno.test("feeds: applied twice is the same as once, whatever came before", async () => {
  await fc.assert(
    fc.asyncProperty(list, list, list, async (hand, before, after) => {
      using kv = await Deno.openKv(":memory:");
      const b = feedBench(kv);
      const text = (ips: string[]) => ips.join("\n");
      await importList(b.context, order(text(before), "other"), ACTOR);
      await importList(b.context, order(text(before)), ACTOR);
      for (const ip of hand) {
        await blockIp(kv, b.context.now, {
          ip,
          created_by: "ann",
          force: true,
        });
      }
      await importList(b.context, order(text(after)), ACTOR);
      const once = await b.blocked();
      // Manual blocks stay manual, and everything in any list is blocked.
      const hands = once.filter((line) => line.includes(" ann "));
      assertEquals(hands.length, hand.length);
      const all = new Set([...hand, ...before, ...after]);
      assertEquals(once.length, all.size);

      const feed = await getFeed(kv, "mine");
      if (feed) {
        const wanted = await wantedOf(b.context, "mine", feed.list!.id);
        const { rows } = await diffList(kv, b.clock.now, feed, wanted);
        assertEquals(rows, []);
      }
      await importList(b.context, order(text(after) + "\n#"), ACTOR);
      assertEquals(await b.blocked(), once);
    }),
    { numRuns: 40 },
  );
});

Deno.test("feeds: what is exported and imported is the same, in each format", async () => {
  const entry = fc.record({ ip, reason: note, days: fc.nat(3) });
  const entries = fc.uniqueArray(entry, {
    minLength: 1,
    selector: ({ ip }) => ip,
  });
  await fc.assert(
    fc.asyncProperty(entries, async (entries) => {
      using kv = await Deno.openKv(":memory:");
      const b = feedBench(kv);
      for (const { ip, reason, days } of entries) {
        const expires_at = days ? b.clock.now + days * DAY : null;
        await blockIp(kv, b.context.now, {
          ip,
          reason: reason || "On the list mine",
          created_by: "ann",
          expires_at,
        });
      }
      const items = async (kv: Deno.Kv) =>
        (await Array.fromAsync(allEntries(kv, "blocked", b.context.now)))
          .map((entry) => blockedItem(entry));
      const exported = await items(kv);
      const json = `[\n${
        exported.map((item) => JSON.stringify(item)).join(",\n")
      }\n]\n`;
      using other = await Deno.openKv(":memory:");
      await importList(feedBench(other).context, order(json), ACTOR);
      assertEquals(
        (await items(other)).map(({ created_by: _, ...item }) => item),
        exported.map(({ created_by: _, ...item }) => item),
      );
      const ranges = exported.map(({ ip_address }) => parseCidr(ip_address));
      for (const format of ["plain", "nginx"] as const) {
        using third = await Deno.openKv(":memory:");
        const text = firewallLines(format, ranges).join("\n");
        await importList(feedBench(third).context, order(text), ACTOR);
        assertEquals(
          (await items(third)).map(({ ip_address }) => ip_address),
          exported.map(({ ip_address }) => ip_address),
        );
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("feeds: 100,000 entries take time in proportion to 10,000", async () => {
  const took: number[] = [];
  for (const n of [10_000, 100_000]) {
    using kv = await Deno.openKv(":memory:");
    const b = feedBench(kv);
    const started = performance.now();
    const { kind } = await importList(b.context, order(addresses(n)), ACTOR);
    assertEquals(kind, "applied");
    took.push(performance.now() - started);
    const again = performance.now();
    await importList(b.context, order(addresses(n) + "#"), ACTOR);
    took.push(performance.now() - again);
  }
  const [small, smallAgain, large, largeAgain] = took as [
    number,
    number,
    number,
    number,
  ];
  assert(large < 50 * small, took.join());
  assert(largeAgain < 50 * smallAgain, took.join());
});
