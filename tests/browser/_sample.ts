import { createUser } from "../../lib/accounts/create_user.ts";
import { setActive } from "../../lib/accounts/change_user.ts";
import { createHasher } from "../../lib/accounts/passwords.ts";
import { createSession } from "../../lib/accounts/sessions.ts";
import type { User } from "../../lib/accounts/user.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { detectRange } from "../../lib/detection/job.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import {
  listFindings,
  setFindingActive,
} from "../../lib/detection/findings.ts";
import { createGeo } from "../../lib/geo/geo.ts";
import { allowIp, blockIp } from "../../lib/lists/access_store.ts";
import { BlockHits } from "../../lib/lists/block_hits.ts";
import { fullAddresses } from "../../lib/privacy/address_storage.ts";
import { recordCompleter } from "../../lib/log/record_completer.ts";
import { RequestLog } from "../../lib/log/request_log.ts";
import { keys } from "../../lib/store/keys.ts";
import { fillPolicy } from "./_sample_policy.ts";
import { fillFeeds } from "./_sample_feeds.ts";
import { sampleTraffic } from "./_traffic.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Sessions, for the cookie. */
export interface Secrets {
  adminSecret: string;
  userSecret: string;
}

/** The data of {@linkcode fillSample} that pages need. */
export interface Sample {
  /** An address that is blocked. */
  blocked: string;
  /** An address with a finding and many requests. */
  busy: string;
}

/** The options of {@linkcode fillSample}. */
export interface SampleOptions {
  /** An access log in combined format for the visitors; generated otherwise. */
  log?: URL;
  /** Look addresses up in the packaged database. @default {false} */
  geo?: boolean;
}

/** An admin and a user, who exist before any data. */
export async function fillAccounts(
  kv: Deno.Kv,
  now: () => number,
): Promise<Secrets> {
  const maker = { kv, now, hasher: createHasher() };
  try {
    const session = async (user: User, kind: "browser" | "api" = "browser") =>
      (await createSession(maker, user, {
        kind,
        ip_address: kind === "api" ? "2001:db8:2::5" : "198.51.100.7",
        user_agent: kind === "api"
          ? "curl/8.14.1"
          : "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
      })).secret;
    const create = (username: string, role: "admin" | "user") =>
      createUser(maker, { username, role, password: "a password for looks" });
    const admin = await create("maria", "admin");
    await session(admin, "api");
    return {
      adminSecret: await session(admin),
      userSecret: await session(await create("jonas", "user")),
    };
  } finally {
    await maker.hasher.close();
  }
}

/** Fills a KV with two days of a small site: requests, users, blocks and findings. */
export async function fillSample(
  kv: Deno.Kv,
  now: number,
  options: SampleOptions = {},
): Promise<Sample> {
  const clock = { now: now - 40 * DAY };
  await fillUsers(kv, clock);
  await fillLists(kv, clock, now);
  const traffic = await sampleTraffic(now, options.log);
  const { from, to } = await fillLog(kv, now, traffic.records, options);
  const config = parseConfig({});
  const job = await jobOptions({ kv, now: () => now, config });
  await detectRange(job, { from, to });
  await kv.set(keys.watermark("detect"), now - now % HOUR);
  const { items } = await listFindings(kv, {
    active: true,
    limit: 500,
    now,
  });
  for (const { id } of items.filter((_, index) => index % 4 === 3)) {
    await setFindingActive(kv, id, false, {
      by: "maria",
      why: "our own monitoring",
      now,
    });
  }
  await fillFeeds(kv, now);
  await fillPolicy(kv, now);
  return { blocked: "185.220.101.4", busy: traffic.busy };
}

async function fillUsers(kv: Deno.Kv, clock: { now: number }): Promise<void> {
  const maker = { kv, now: () => clock.now, hasher: createHasher() };
  try {
    for (const username of ["okonkwo", "li.wei", "søren", "backup-job"]) {
      const user = await createUser(maker, {
        username,
        password: "a password for looks",
        role: username === "okonkwo" ? "admin" : "user",
      });
      if (username === "backup-job") await setActive(maker, user.id, false);
      clock.now += 9 * DAY;
    }
  } finally {
    await maker.hasher.close();
  }
}

async function fillLists(
  kv: Deno.Kv,
  clock: { now: number },
  now: number,
): Promise<void> {
  const hits = new BlockHits(kv, () => now);
  const blocks: [
    ip: string,
    reason: string,
    age: number,
    ends: number | null,
    hits: number,
  ][] = [
    ["185.220.101.4", "Password guessing on /login", 20 * HOUR, 4 * HOUR, 412],
    [
      "45.155.205.0/24",
      "Scans for wp-login.php, all of the range",
      9 * DAY,
      null,
      1_873,
    ],
    ["2001:db8:bad::/48", "Spam in the sign-up form", 3 * DAY, 27 * DAY, 36],
    [
      "193.32.162.97",
      "sensitive_path: 14 visits to /admin, refused",
      5 * HOUR,
      19 * HOUR,
      58,
    ],
    ["80.94.92.14", "", 33 * DAY, null, 0],
  ];
  for (const [ip, reason, age, ends, count] of blocks) {
    clock.now = now - age;
    await blockIp(kv, () => clock.now, {
      ip,
      reason,
      created_by: age === 5 * HOUR ? "detection" : "maria",
      expires_at: ends === null ? null : now + ends,
    });
    if (count) hits.record(ip, now - count * 40_000, count);
  }
  await hits.flush();
  clock.now = now - 30 * DAY;
  for (
    const [ip, reason] of [
      ["198.51.100.0/24", "The office"],
      ["203.0.113.77", "Uptime monitor"],
    ] as const
  ) {
    await allowIp(kv, () => clock.now, { ip, reason, created_by: "okonkwo" });
  }
}

async function fillLog(
  kv: Deno.Kv,
  now: number,
  records: Awaited<ReturnType<typeof sampleTraffic>>["records"],
  { geo: locates = false }: SampleOptions,
): Promise<{ from: number; to: number }> {
  const geo = createGeo({
    provider: locates ? "embedded" : "off",
    now: () => now,
  });
  await geo.whenReady();
  const complete = recordCompleter(geo, fullAddresses);
  const log = new RequestLog({
    kv,
    now: () => now,
    retentionMs: 30 * DAY,
    complete: (records) =>
      complete(records.filter(({ country_code }) => country_code === null)),
  });
  try {
    for (const record of records) log.append(record);
    await log.flush();
  } finally {
    await log.close();
    await geo.close();
  }
  return { from: records[0]!.timestamp, to: records.at(-1)!.timestamp + 1 };
}
