import { HOUR } from "../../lib/base/duration.ts";
import { assertEquals } from "@std/assert";
import { detectRange, runDetection } from "../../lib/detection/job.ts";
import { highVolume } from "../../lib/detection/rules/high_volume.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import { sensitivePath } from "../../lib/detection/rules/sensitive_path.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { readLog } from "../../lib/import/read_log.ts";
import { sourceOf } from "./records.ts";

const LOG = new URL(
  "../../../shared/data/access-2015-05-17.log",
  import.meta.url,
);
const ignore = !exists(LOG);
const DAYS = { from: Date.UTC(2015, 4, 17), to: Date.UTC(2015, 4, 19) };
const BUSY_HOUR = Date.UTC(2015, 4, 18, 8);

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

async function readAll(): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  using file = await Deno.open(LOG);
  for await (const part of readLog(file.readable)) {
    assertEquals(part.unparsable, 0);
    records.push(...part.records);
  }
  return records;
}

async function setup(threshold: number, kv: Deno.Kv) {
  return {
    kv,
    now: () => DAYS.to,
    source: sourceOf(await readAll()),
    rules: [
      highVolume({ threshold }),
      sensitivePath({ paths: ["/admin", "/login"] }),
    ],
  };
}

Deno.test({
  name: "real log: 4,525 lines of 890 addresses, all read",
  ignore,
  async fn() {
    const records = await readAll();
    assertEquals(records.length, 4_525);
    const addresses = new Set(records.map(({ ip_address }) => ip_address));
    assertEquals(addresses.size, 890);
    const statuses = Object.groupBy(records, ({ status }) => status);
    assertEquals(
      Object.entries(statuses).map(([status, all]) => [status, all!.length]),
      [
        ["200", 4030],
        ["206", 21],
        ["301", 110],
        ["304", 268],
        ["403", 1],
        ["404", 93],
        ["500", 2],
      ],
    );
  },
});

Deno.test({
  name: "real log: one address passes 100 requests in a clock hour",
  ignore,
  async fn() {
    using kv = await Deno.openKv(":memory:");
    const result = await detectRange(await setup(100, kv), DAYS);
    assertEquals(result.examined, 4_525);
    assertEquals(
      result.findings.map(({ rule, ip_address, count, windows }) => [
        rule,
        ip_address,
        count,
        windows,
      ]),
      [["high_volume", "75.97.9.59", 108, [BUSY_HOUR]]],
    );
  },
});

Deno.test({
  name:
    "real log: the job at that hour's end finds it, an hour earlier nothing",
  ignore,
  async fn() {
    using kv = await Deno.openKv(":memory:");
    const options = await setup(100, kv);
    const early = await runDetection({ ...options, at: BUSY_HOUR });
    assertEquals([early.flagged, early.examined], [0, 124]);
    const then = await runDetection({ ...options, at: BUSY_HOUR + HOUR });
    assertEquals([then.flagged, then.examined], [1, 110]);
  },
});

for (const threshold of [10, 20, 40, 48, 49, 83, 84, 107, 108]) {
  Deno.test({
    name: `real log: at ${threshold} it flags what counting lines gives`,
    ignore,
    async fn() {
      // "75.97.9.59 18/May/2015:08", as printed by awk '{print $1, substr($4,2,14)}'.
      const counts = new Map<string, number>();
      for (const line of (await Deno.readTextFile(LOG)).split("\n")) {
        const [address, , , time] = line.split(" ");
        const hour = `${address} ${time?.slice(1, 15)}`;
        counts.set(hour, (counts.get(hour) ?? 0) + 1);
      }
      const expected = new Map<string, number>();
      for (const [hour, count] of counts) {
        if (count <= threshold) continue;
        const address = hour.split(" ")[0]!;
        expected.set(address, Math.max(expected.get(address) ?? 0, count));
      }
      using kv = await Deno.openKv(":memory:");
      const { findings } = await detectRange(await setup(threshold, kv), DAYS);
      assertEquals(
        new Map(findings.map(({ ip_address, count }) => [ip_address, count])),
        expected,
      );
    },
  });
}

/**
 * Scanners, distinguished from readers by their requests: most ask for one page of WordPress, which
 * the site has not, and for nothing else.
 */
const ABOVE_INFO = [
  "195.250.34.144 path_scanning: 3 missing pages, 3 known vulnerable paths among them in the hour from 2015-05-17 17:00 UTC",
  "212.90.148.107 path_scanning: 2 missing pages, 2 known vulnerable paths among them in the hour from 2015-05-18 18:00 UTC",
  ...[
    ["199.116.117.212", "18:00"],
    ["199.189.248.95", "05:00"],
    ["216.14.208.102", "09:00"],
    ["46.28.105.80", "04:00"],
    ["66.147.244.126", "07:00"],
    ["81.169.144.135", "10:00"],
    ["85.19.71.167", "05:00"],
  ].map(([address, hour]) =>
    `${address} path_scanning: 1 missing page, 1 known vulnerable path among them in the hour from 2015-05-18 ${hour} UTC`
  ),
];

Deno.test({
  name:
    "real log: each rule's share of addresses, and nothing above info for a reader",
  ignore,
  async fn() {
    using kv = await Deno.openKv(":memory:");
    const rules = allRules({
      threshold: 100,
      sensitivePaths: ["/admin", "/login", "/api/auth"],
    });
    const records = await readAll();
    const { findings } = await detectRange({
      kv,
      now: () => DAYS.to,
      source: sourceOf(records),
      rules,
    }, DAYS);
    const addresses = new Set(records.map(({ ip_address }) => ip_address));
    for (const { name } of rules) {
      const mine = findings.filter(({ rule }) => rule === name);
      const share = (100 * mine.length / addresses.size).toFixed(2);
      const above = mine.filter(({ severity }) => severity !== "info").length;
      console.log(
        `      ${name.padEnd(20)} ${
          share.padStart(5)
        } % of addresses, ${above} above info`,
      );
    }
    assertEquals(
      findings.filter(({ severity }) => severity !== "info").map((
        { ip_address, rule, explanation },
      ) => `${ip_address} ${rule}: ${explanation}`).sort(),
      ABOVE_INFO.toSorted(),
    );

    // A reader is a browser that requested only existing pages, files and feeds.
    const readers = new Set(addresses);
    for (const { ip_address, status, user_agent } of records) {
      if (status >= 400 || !user_agent?.startsWith("Mozilla/")) {
        readers.delete(ip_address);
      }
    }
    assertEquals(readers.size > 400, true);
    const accused = findings.filter((finding) =>
      readers.has(finding.ip_address) && finding.severity !== "info"
    );
    assertEquals(accused, []);
    // The one with 108 requests in an hour is a finding, and no more than that.
    const busy = findings.find(({ rule }) => rule === "high_volume");
    assertEquals([busy?.ip_address, busy?.count, busy?.severity], [
      "75.97.9.59",
      108,
      "info",
    ]);
  },
});
