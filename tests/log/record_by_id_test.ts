import { assertEquals } from "@std/assert";
import { HOUR, MINUTE } from "../../lib/base/duration.ts";
import { recordById } from "../../lib/log/record_by_id.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import { record, store } from "./_records.ts";

const START = Date.UTC(2026, 0, 5);
const NOW = START + 5 * HOUR;
const now = () => NOW;

Deno.test("recordById() finds every record by the name that its page gave it", async () => {
  using kv = await Deno.openKv(":memory:");
  await store(
    kv,
    now,
    Array.from(
      { length: 300 },
      (_, i) => record({ timestamp: START + i * MINUTE, path: `/${i}` }),
    ),
  );
  let cursor: string | null = null;
  do {
    const page = await pageRequests(kv, { limit: 100, cursor }, now);
    for (const [at, item] of page.items.entries()) {
      assertEquals(await recordById(kv, page.ids[at]!, now), item);
    }
    cursor = page.cursor;
  } while (cursor !== null);
});

Deno.test("recordById() finds nothing by what names nothing", async () => {
  using kv = await Deno.openKv(":memory:");
  await store(kv, now, [record({ timestamp: START })]);
  const { ids: [id] } = await pageRequests(kv, { limit: 1 }, now);
  const [last, writer, n, row] = id!.split(".");
  for (
    const other of [
      ...["", "x", "....", "a.b.c.d", "zzzzzzzzz.w.0.0", `${id}0000000`],
      `${last}.${writer}.${n}.${parseInt(row!, 36) + 1}`,
      `${last}.${writer}x.${n}.${row}`,
      `${last}.${writer}.${n}1.${row}`,
    ]
  ) {
    assertEquals(await recordById(kv, other, now), null, other);
  }
});
