/** One damaged time must not cause every hour between it and the others to be judged. */
import { assert, assertEquals } from "@std/assert";
import { LogImport } from "../../lib/import/import_logs.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { BulkWriter } from "../../lib/log/bulk_writer.ts";
import { scanRequests } from "../../lib/log/request_query.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 4, 12);
const now = () => NOW;

const DAMAGED = [
  "01/Jan/1970:00:00:00 +0000",
  "31/Dec/1969:23:59:59 +0000",
  "01/Jan/1904:00:00:00 +0000",
  "31/Dec/1994:23:59:59 +0000",
  "06/Mar/2026:12:00:00 +0000",
  "04/Mar/2099:10:00:00 +0000",
  "04/Mar/9999:10:00:00 +0000",
  "19/Jan/2038:03:14:08 +0000",
];

const line = (time: string, path: string) =>
  `203.0.113.9 - - [${time}] "GET ${path} HTTP/1.1" 200 1 "-" "test"\n`;

Deno.test("An import leaves out lines of times that cannot be, says so, and judges no hour for them", async () => {
  using kv = await Deno.openKv(":memory:");
  const retentionMs = 365 * 24 * HOUR;
  const file = await Deno.makeTempFile();
  try {
    const good = Array.from(
      { length: 20 },
      (_, n) => line(`04/Mar/2026:10:00:${n + 10} +0000`, `/page-${n}`),
    );
    const lines = good.slice();
    DAMAGED.forEach((time, n) =>
      lines.splice(n * 2, 0, line(time, `/bad${n}`))
    );
    await Deno.writeTextFile(file, lines.join(""));
    const logs = new LogImport({
      ...{ clientOf: createLogClient(), now, seen: null, retentionMs },
      writer: new BulkWriter({ kv, now, retentionMs }),
    });
    const { reader, error } = await logs.file(file);
    assertEquals(error, null);
    const { requests, implausible, unparsable, noTime } = reader.counts;
    assertEquals(
      [requests, implausible + unparsable + noTime],
      [good.length, DAMAGED.length],
    );
    assertEquals([...logs.hours], [Date.UTC(2026, 2, 4, 10)]);
    const all = { from: 0, to: NOW };
    const stored = (await Array.fromAsync(scanRequests(kv, all, now))).flat();
    assertEquals(stored.length, good.length);
    assert(stored.every(({ path }) => path.startsWith("/page-")));
  } finally {
    await Deno.remove(file);
  }
});
