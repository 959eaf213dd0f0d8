import { assertEquals } from "@std/assert";
import { blockIp } from "../../lib/lists/access_store.ts";
import { BlockHits } from "../../lib/lists/block_hits.ts";
import { keys } from "../../lib/store/keys.ts";

Deno.test("BlockHits writes so many entries at once, who waits longest first, and loses no hit of the others", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => 1_000_000;
  const ips = Array.from({ length: 25 }, (_, i) => `8.8.8.${i}`);
  for (const ip of ips) await blockIp(kv, now, { ip, created_by: "test" });
  const hits = new BlockHits(kv, now);
  const written = async () => {
    const rows = await kv.getMany<{ hits: number }[]>(
      ips.slice(0, 10).map((ip) => keys.blockHits(ip)),
    );
    return rows.map(({ value }) => value?.hits ?? 0);
  };
  for (const ip of ips) hits.record(ip, 1);
  await hits.flush(4);
  assertEquals(await written(), [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  // Those already written are hit again, and wait for the others.
  hits.record(ips[0]!, 2);
  hits.record(ips[5]!, 2);
  await hits.flush(4);
  assertEquals(await written(), [1, 1, 1, 1, 1, 2, 1, 1, 0, 0]);
  await hits.flush();
  assertEquals(await written(), [2, 1, 1, 1, 1, 2, 1, 1, 1, 1]);
});
