import {
  type Outcome,
  type RequestRecord,
  UNKNOWN,
} from "../../lib/log/request_record.ts";
import { readLog } from "../../lib/import/read_log.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURS = 44;
const FIREFOX =
  "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1";
const SCANNER = "Mozilla/5.0 zgrab/0.x";

/** Requests for the pages, oldest first, and the address that sent the most. */
export interface Traffic {
  records: RequestRecord[];
  busy: string;
}

/**
 * Two days of requests that end at `now`: visitors, from an access log in combined format or
 * generated, plus the attacks that such a site usually gets.
 */
export async function sampleTraffic(now: number, log?: URL): Promise<Traffic> {
  const visitors = log ? await readVisitors(now, log) : madeUpVisitors(now);
  return {
    records: [...visitors.records, ...atTheDoors(now)]
      .filter(({ timestamp }) => timestamp < now)
      .sort((a, b) => a.timestamp - b.timestamp),
    busy: visitors.busy,
  };
}

/** The log's requests, moved so that its last hour ends now and spread over each hour. */
async function readVisitors(now: number, log: URL): Promise<Traffic> {
  const records: RequestRecord[] = [];
  using file = await Deno.open(log);
  for await (const part of readLog(file.readable)) {
    records.push(...part.records);
  }
  const last = Math.max(...records.map(({ timestamp }) => timestamp));
  const shift = now - (last - last % HOUR + HOUR);
  const random = randomness(7);
  const counts = new Map<string, number>();
  for (const record of records) {
    const hour = record.timestamp - record.timestamp % HOUR;
    record.timestamp = hour + shift + Math.floor(random() * HOUR);
    record.duration_ms = 0.4 + random() ** 4 * 60;
    const count = (counts.get(record.ip_address) ?? 0) + 1;
    counts.set(record.ip_address, count);
  }
  return { records, busy: "75.97.9.59" };
}

/** As many countries as the pages need. */
const PLACES: [string, string | null][] = [
  ["DE", "Frankfurt am Main"],
  ["US", "Ashburn"],
  ["FR", "Saint-Rémy-lès-Chevreuse"],
  ["JP", "東京"],
  ["BR", "São Paulo"],
  ["IN", null],
  ["GB", "London"],
];
const PATHS = [
  "/",
  "/blog/geekery/ssl-latency.html",
  "/projects/xdotool/",
  "/images/jordan-80.png",
  "/reset.css",
  "/favicon.ico",
  "/articles/dynamic-dns-with-dhcp/",
  "/files/logstash/logstash-1.3.2-monolithic-with-a-name-that-does-not-end.jar",
];

function madeUpVisitors(now: number): Traffic {
  const random = randomness(42);
  const records: RequestRecord[] = [];
  const busy = "192.0.2.200";
  for (let hour = 0; hour < HOURS; hour++) {
    const start = now - (HOURS - hour) * HOUR;
    const visits = Math.round(14 + 10 * Math.sin(hour / 3.8) + random() * 8);
    for (let visit = 0; visit < visits; visit++) {
      const guest = Math.floor(random() * 90);
      const [country, city] = PLACES[guest % PLACES.length]!;
      records.push(request(start + random() * HOUR, {
        ip_address: guest % 5 === 0
          ? `2001:db8:4a${guest}:7d1f:9c00:1f2b:33ff:8a${10 + guest}`
          : `192.0.2.${guest}`,
        path: PATHS[Math.floor(random() ** 2 * PATHS.length)],
        status: random() < 0.06 ? 404 : random() < 0.01 ? 500 : 200,
        duration_ms: 0.4 + random() ** 4 * 60,
        country_code: country,
        city,
        user_agent: guest % 3 ? FIREFOX : PHONE,
      }));
    }
  }
  for (let i = 0; i < 140; i++) {
    records.push(request(now - 5 * HOUR + i * 20_000, {
      ip_address: busy,
      path: `/page/${i}`,
      country_code: "NL",
      city: "Amsterdam",
      user_agent: "curl/8.14.1",
    }));
  }
  return { records, busy };
}

/** Logins, password guessing, scans, and blocked requests. */
function atTheDoors(now: number): RequestRecord[] {
  const records: RequestRecord[] = [];
  const add = (
    count: number,
    ago: number,
    every: number,
    fields: Partial<RequestRecord>,
  ) => {
    for (let i = 0; i < count; i++) {
      records.push(request(now - ago + i * every, fields));
    }
  };
  const login = { method: "POST", path: "/login" };
  const guesser = {
    ip_address: "185.220.101.4",
    user_agent: "python-requests/2.32",
  };
  add(5, 20.4 * HOUR, 900, { ...login, ...guesser, status: 401 });
  add(44, 20.3 * HOUR, 4_100, { ...login, ...guesser, ...refused("limited") });
  add(90, 20 * HOUR, 4 * MINUTE, {
    ...login,
    ...guesser,
    ...refused("blocked"),
  });
  const scanner = { ip_address: "45.155.205.33", user_agent: SCANNER };
  for (
    const path of ["/wp-login.php", "/.env", "/.git/config", "/xmlrpc.php"]
  ) {
    add(34, 43 * HOUR, 73 * MINUTE, {
      ...scanner,
      path,
      ...refused("blocked"),
    });
  }
  const admin = { ip_address: "193.32.162.97", user_agent: SCANNER };
  add(14, 5.6 * HOUR, 31_000, { ...admin, path: "/admin", status: 303 });
  add(3, 5.4 * HOUR, 31_000, { ...admin, ...login, status: 401 });
  add(2, 5.3 * HOUR, 31_000, { ...admin, ...login, ...refused("limited") });
  add(58, 5 * HOUR, 3 * MINUTE, {
    ...admin,
    path: "/admin",
    ...refused("blocked"),
  });
  const office = { ip_address: "198.51.100.7", user_agent: FIREFOX };
  add(1, 2 * HOUR, 0, { ...office, ...login, status: 303, username: "maria" });
  for (
    const [i, path] of ["/admin", "/admin/requests", "/admin/suspicious"]
      .entries()
  ) {
    add(3, HOUR - i * MINUTE, 11 * MINUTE, {
      ...office,
      path,
      username: "maria",
    });
  }
  return records;
}

function refused(outcome: Outcome): Partial<RequestRecord> {
  return {
    outcome,
    status: outcome === "limited" ? 429 : 403,
    duration_ms: 0.2,
  };
}

function request(at: number, fields: Partial<RequestRecord>): RequestRecord {
  return {
    ...UNKNOWN,
    timestamp: Math.floor(at),
    ip_address: "192.0.2.1",
    method: "GET",
    path: "/",
    status: 200,
    duration_ms: 3.2,
    country_code: null,
    city: null,
    user_agent: null,
    referrer: null,
    username: null,
    outcome: "allowed",
    ...fields,
  };
}

/** The same numbers from 0 to 1 in every run (Park and Miller). */
function randomness(seed: number): () => number {
  let state = seed;
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647;
}
