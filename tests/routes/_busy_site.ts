import { HOUR } from "../../lib/base/duration.ts";
import { detectRange } from "../../lib/detection/job.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import { listIncidents } from "../../lib/detection/incidents/store.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { readLog } from "../../lib/import/read_log.ts";
import type { TestApp } from "../_app.ts";
import { record, store } from "../log/_records.ts";

/** Real traffic, if present; the generated one is more varied. */
const LOG = new URL(
  "../../../shared/data/access-2015-05-17.log",
  import.meta.url,
);
const COUNTRIES =
  "AR AT AU BD BE BG BR CA CH CL CN CO CZ DE DK EG ES FI FR GB GR HK HU ID IE IL IN IT JP KR LT MX MY NL NO NZ PE PH PK PL PT RO RS RU SE SG TH TR TW UA US VN ZA"
    .split(" ");
/** The number of concurrently attacking addresses. */
export const STORM = 200;

/**
 * Fills the store with a week of a busy site (every field in the lists of pages has more values
 * than are listed), a real log, and an hour in which 200 addresses look for secrets.
 */
export async function fillBusySite(
  app: TestApp,
): Promise<{ busy: string; incident: string }> {
  const { kv } = app.services;
  const now = () => app.clock.now;
  const records = [...madeUp(now()), ...storm(now()), ...await real(now())]
    .sort((a, b) => a.timestamp - b.timestamp);
  await store(kv, now, records);
  for (let i = 0; i < 120; i++) {
    await blockIp(kv, now, {
      ip: `198.18.${i}.7`,
      reason: `Password guessing on /login, seen ${i} times`,
      created_by: "root",
    });
  }
  const options = await jobOptions({ kv, now, config: parseConfig({}) });
  await detectRange(options, { from: records[0]!.timestamp, to: now() });
  const { items } = await listIncidents(kv, {
    active: true,
    limit: 50,
    now: now(),
  });
  const [largest] = items.toSorted((a, b) =>
    b.addresses.length - a.addresses.length
  );
  return { busy: "192.0.2.7", incident: largest!.id };
}

/** A request every other minute for a week, no two alike. */
function madeUp(now: number): RequestRecord[] {
  const records: RequestRecord[] = [];
  const pick = pickers();
  for (let at = now - 7 * 24 * HOUR + 1; at < now; at += HOUR / 30) {
    const guest = pick(600);
    records.push(record({
      timestamp: at + pick(100_000),
      ip_address: guest < 300
        ? `192.0.2.${guest % 250}`
        : `2001:db8:${guest}:7d1f:9c00:1f2b:33ff:8a10`,
      method: pick(5) ? "GET" : "POST",
      path: `/${["blog", "files", "shop", "docs"][pick(4)]}/${
        pick(400).toString(36)
      }/a-title-of-some-length-${pick(60)}.html`,
      status: [200, 200, 200, 304, 301, 404, 403, 500, 502][pick(9)]!,
      duration_ms: pick(9_000) / 10,
      country_code: COUNTRIES[guest % COUNTRIES.length]!,
      city: `City ${guest % 90}`,
      asn: 64_496 + guest % 40,
      operator: `Example Network ${guest % 40} of some length`,
      user_agent:
        `Mozilla/5.0 (X11; Linux x86_64; rv:${guest}.0) Gecko/20100101 Firefox/${guest}.0`,
      referrer: `https://site-${pick(90)}.example/search?q=${pick(900)}`,
      username: pick(4) ? null : `person-${guest % 50}`,
      host: `www${guest % 12}.example.org`,
      outcome:
        (["allowed", "allowed", "allowed", "limited", "blocked"] as const)[
          pick(5)
        ]!,
    }));
  }
  return records;
}

function storm(now: number): RequestRecord[] {
  const start = now - HOUR;
  return Array.from(
    { length: STORM },
    (_, i) =>
      Array.from({ length: 12 }, (_, n) =>
        record({
          timestamp: start + n * 240_000 + i,
          ip_address: `203.0.${112 + Math.floor(i / 100)}.${1 + i % 100}`,
          path: n % 2 ? "/.env" : `/.git/${n}`,
          status: 404,
          signals: 256,
          asn: 64_510 + i % 3,
          operator: `Example Hosting ${i % 3}`,
          country_code: COUNTRIES[i % 20]!,
          user_agent: "python-requests/2.32",
        })),
  ).flat();
}

/** The log's requests, moved so that its last hour ends now. */
async function real(now: number): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  try {
    using file = await Deno.open(LOG);
    for await (const part of readLog(file.readable)) {
      records.push(...part.records);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return [];
  }
  const last = Math.max(...records.map(({ timestamp }) => timestamp));
  const shift = now - 1_000 - last;
  return records.map((each) => ({
    ...each,
    timestamp: each.timestamp + shift,
  }));
}

/** Numbers below a given one, the same in every run (Park and Miller). */
function pickers(): (below: number) => number {
  let state = 42;
  return (below) => (state = state * 48_271 % 2_147_483_647) % below;
}
