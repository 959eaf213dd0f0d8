import { HOUR } from "../../lib/base/duration.ts";
import { assertEquals } from "@std/assert";
import { listAudit } from "../../lib/store/audit.ts";
import {
  autoBlock,
  type AutoBlockOptions,
} from "../../lib/detection/auto_block.ts";
import type { FindingDraft } from "../../lib/detection/draft.ts";
import type { Finding } from "../../lib/detection/finding.ts";
import { getFinding } from "../../lib/detection/findings.ts";
import {
  BLOCK_DURATIONS,
  blockDuration,
  GOOD_BEHAVIOUR_MS,
  nextLevel,
} from "../../lib/lists/offence.ts";
import { recordFindings } from "../../lib/detection/record_findings.ts";
import { suggestions } from "../../lib/detection/suggestions.ts";
import { type Severity } from "../../lib/detection/types.ts";
import { undoBlock } from "../../lib/detection/undo_block.ts";
import type { AccessEntry } from "../../lib/lists/access_entry.ts";
import { allowIp, blockIp, unblockIp } from "../../lib/lists/access_store.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { keys } from "../../lib/store/keys.ts";
import { HOUR_START, tempKv } from "./records.ts";

const IP = "203.0.113.9";
const DAY = 24 * HOUR;

/** A store, a clock, and the results of a job's run. */
async function scene(kv: Deno.Kv) {
  const clock = { now: HOUR_START + HOUR };
  const options: AutoBlockOptions = {
    kv,
    now: () => clock.now,
    trustedProxies: [parseCidr("198.51.100.0/24")],
    protectedAddresses: () => Promise.resolve(new Set(["192.0.2.99"])),
  };
  const found = async (
    ip = IP,
    severity: Severity = "critical",
    last = clock.now - 1,
  ): Promise<Finding[]> => {
    const draft: FindingDraft = {
      rule: "path_scanning",
      ip_address: ip,
      severity,
      score: 5,
      count: 99,
      first_seen: last - 100,
      last_seen: last,
      period: Math.floor(last / HOUR) * HOUR,
      evidence: [],
      explanation: "99 missing pages",
    };
    return (await recordFindings(kv, [draft], clock.now)).findings;
  };
  const block = async (ip = IP) =>
    (await kv.get<AccessEntry>(keys.access("blocked", ip))).value;
  const audit = async () =>
    (await listAudit(kv, { limit: 99, now: clock.now })).items;
  await Promise.resolve();
  return { clock, options, found, block, audit };
}

Deno.test("auto-block: a critical finding blocks for an hour or a little more, and that is written down", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found, block, audit } = await scene(kv);
  const findings = await found();
  assertEquals((await autoBlock(options, findings)).blocked, [IP]);
  const entry = (await block())!;
  assertEquals(entry.created_by, "auto:path_scanning");
  assertEquals(entry.reason, "path_scanning: 99 missing pages");
  const lasts = entry.expires_at! - clock.now;
  assertEquals(lasts >= HOUR && lasts <= 1.1 * HOUR, true, `${lasts}`);
  const [written] = await audit();
  assertEquals(
    [written!.who, written!.what, written!.target, written!.undo!.findings],
    ["auto:path_scanning", "block", IP, [findings[0]!.id]],
  );
});

Deno.test("auto-block: run again, late or twice, it does nothing more", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found, block, audit } = await scene(kv);
  const findings = await found();
  await autoBlock(options, findings);
  const before = await block();
  for (const later of [0, 1_000, HOUR / 2, 3 * HOUR]) {
    clock.now = HOUR_START + HOUR + later;
    assertEquals((await autoBlock(options, findings)).blocked, []);
  }
  assertEquals(await block(), before);
  assertEquals((await audit()).length, 1);
});

Deno.test("auto-block: two processes at once block once", async () => {
  await using temp = await tempKv();
  using other = await Deno.openKv(temp.path);
  const { options, found, audit } = await scene(temp.kv);
  const findings = await found();
  await Promise.all([
    autoBlock(options, findings),
    autoBlock({ ...options, kv: other }, findings),
  ]);
  assertEquals((await audit()).length, 1);
});

Deno.test("auto-block: what another process did since the evidence was judged is no repeat", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found, block, audit } = await scene(kv);
  const findings = await found();
  await autoBlock({
    ...options,
    protectedAddresses: async () => {
      await autoBlock(options, findings);
      return new Set();
    },
  }, findings);
  assertEquals((await audit()).length, 1);
  assertEquals(
    (await block())!.expires_at,
    clock.now + blockDuration(IP, 0),
  );
});

Deno.test("auto-block: only critical findings, of single addresses, that are open and recent", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found } = await scene(kv);
  const harmless = [
    ...await found("203.0.113.1", "warning"),
    ...await found("203.0.113.2", "info"),
    ...await found("203.0.113.0/24"),
    ...await found("*"),
    ...await found("203.0.113.3", "critical", clock.now - 25 * HOUR),
    ...(await found("203.0.113.4")).map((finding) => ({
      ...finding,
      is_active: false,
    })),
  ];
  assertEquals(await autoBlock(options, harmless), {
    blocked: [],
    challenged: [],
    spared: [],
  });
});

Deno.test("loopback, proxies, the safelist, admins and known devices are never auto-blocked", async () => {
  using kv = await Deno.openKv(":memory:");
  const { options, found, block } = await scene(kv);
  await allowIp(kv, options.now, { ip: "203.0.113.50", created_by: "root" });
  await allowIp(kv, options.now, { ip: "2001:db8::/32", created_by: "root" });
  const safe = [
    "127.0.0.1",
    "::1",
    "198.51.100.7",
    "203.0.113.50",
    "2001:db8::1",
    "192.0.2.99",
  ];
  const findings = (await Promise.all(safe.map((ip) => found(ip)))).flat();
  const { blocked, spared } = await autoBlock(options, findings);
  assertEquals(blocked, []);
  assertEquals(spared.map(({ ip_address }) => ip_address), safe);
  for (const ip of safe) assertEquals(await block(ip), null);
});

Deno.test("auto-block: a person's longer block is not shortened", async () => {
  using kv = await Deno.openKv(":memory:");
  const { options, found, block } = await scene(kv);
  await blockIp(kv, options.now, { ip: IP, created_by: "root" });
  await autoBlock(options, await found());
  assertEquals((await block())!.expires_at, null);
});

Deno.test("auto-block: blocks grow with repeats and fall back after good behaviour", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found, block } = await scene(kv);
  const lasted: number[] = [];
  for (let n = 0; n < 5; n++) {
    await autoBlock(options, await found());
    const { expires_at } = (await block())!;
    lasted.push(expires_at! - clock.now);
    // Attacks again a minute after the block has ended.
    clock.now = expires_at! + 60_000;
  }
  for (const [index, base] of [...BLOCK_DURATIONS, 7 * DAY].entries()) {
    const ratio = lasted[index]! / base;
    assertEquals(ratio >= 1 && ratio <= 1.1, true, `${index}: ${ratio}`);
  }
  const last = { level: 3, blocked_until: 0, evidence_until: 0, expires_at: 0 };
  const after = (ms: number) => nextLevel(last, ms);
  assertEquals([0, 1, 2, 3, 4, 9].map((n) => after(n * GOOD_BEHAVIOUR_MS)), [
    3,
    3,
    2,
    1,
    0,
    0,
  ]);
  assertEquals(after(GOOD_BEHAVIOUR_MS - 1), 3);
});

Deno.test("auto-block: the jitter differs by address, and not by process", () => {
  const ips = Array.from({ length: 50 }, (_, n) => `192.0.2.${n}`);
  const durations = ips.map((ip) => blockDuration(ip, 0));
  assertEquals(new Set(durations).size > 40, true);
  assertEquals(
    ips.map((ip) => blockDuration(ip, 0)),
    durations,
  );
});

Deno.test("what a person has lifted stays lifted, until there is new evidence", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found, block } = await scene(kv);
  const findings = await found();
  await autoBlock(options, findings);
  await unblockIp(kv, options.now, IP);
  clock.now += 60_000;
  assertEquals((await autoBlock(options, findings)).blocked, []);
  const finding = await getFinding(kv, findings[0]!.id, clock.now);
  assertEquals(finding!.is_active, false);
  assertEquals(finding!.resolution, "its block was lifted");
  assertEquals(await block(), null);

  // It continues all the same: later requests count from the first step again.
  clock.now += HOUR;
  const again = await found(IP, "critical", clock.now - 1);
  assertEquals((await autoBlock(options, again)).blocked, [IP]);
  const lasts = (await block())!.expires_at! - clock.now;
  assertEquals(lasts <= 1.1 * HOUR, true);
});

Deno.test("auto-block: undone from the audit trail, once, with the findings resolved", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found, block, audit } = await scene(kv);
  const findings = await found();
  await autoBlock(options, findings);
  const [entry] = await audit();
  clock.now += 60_000;
  const who = { by: "root", from: "198.51.100.7", now: clock.now };
  assertEquals((await undoBlock(kv, entry!, who))!.length, 1);
  assertEquals(await undoBlock(kv, entry!, who), null);
  assertEquals(await block(), null);
  const finding = await getFinding(kv, findings[0]!.id, clock.now);
  assertEquals(
    [finding!.is_active, finding!.resolved_by],
    [false, "root"],
  );
  assertEquals((await autoBlock(options, findings)).blocked, []);
  assertEquals((await audit()).map(({ what }) => what), [
    "undo_block",
    "block",
  ]);
});

Deno.test("auto-block: a person's own block is not undone from the audit trail", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found, block, audit } = await scene(kv);
  await autoBlock(options, await found());
  const [entry] = await audit();
  await blockIp(kv, options.now, { ip: IP, created_by: "root" });
  const who = { by: "root", from: null, now: clock.now };
  assertEquals(await undoBlock(kv, entry!, who), null);
  assertEquals((await block())!.created_by, "root");
});

Deno.test("auto-block: suggestions name who is not blocked yet, and for how long", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options, found } = await scene(kv);
  const findings = [
    ...await found(),
    ...await found("203.0.113.1", "warning"),
  ];
  const suggested = async () =>
    (await suggestions(kv, findings, clock.now)).map((
      { ip_address, durationMs },
    ) => [ip_address, durationMs]);
  assertEquals(await suggested(), [[IP, HOUR]]);
  await autoBlock(options, findings);
  assertEquals(await suggested(), []);
  clock.now += 2 * HOUR;
  assertEquals(await suggested(), [[IP, 4 * HOUR]]);
});

Deno.test("auto-block: at most 200 a pass, the others in the next", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, options } = await scene(kv);
  const drafts = Array.from({ length: 230 }, (_, n): FindingDraft => ({
    rule: "bad_bot",
    ip_address: `192.0.${n >> 7}.${n & 127}`,
    severity: "critical",
    score: 5,
    count: 200,
    first_seen: clock.now - 9,
    last_seen: clock.now - 1,
    period: HOUR_START,
    evidence: [],
    explanation: "x",
  }));
  const { findings } = await recordFindings(kv, drafts, clock.now);
  const counts = [];
  for (let n = 0; n < 3; n++) {
    counts.push((await autoBlock(options, findings)).blocked.length);
  }
  // 192.0.2.99 is not among them.
  assertEquals(counts, [200, 30, 0]);
});
