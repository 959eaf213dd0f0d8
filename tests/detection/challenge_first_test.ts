import { assert, assertEquals } from "@std/assert";
import { HOUR } from "../../lib/base/duration.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import { getFinding } from "../../lib/detection/findings.ts";
import {
  isChallenged,
  undoChallenge,
} from "../../lib/detection/undo_challenge.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { runLightPass } from "../../lib/detection/job.ts";
import type { AccessEntry } from "../../lib/lists/access_entry.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";
import { liftChallenges, temporaryRules } from "../../lib/policy/temporary.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { keys } from "../../lib/store/keys.ts";
import { store } from "../log/_records.ts";
import { HOUR_START, record } from "./records.ts";

const HOME = "203.0.113.9";
const RENTED = "198.51.100.7";
const CHALLENGE = {
  name: "doubtful",
  challenge: true,
  when: { path: "/checkout" },
};

/** The requests of sqlmap, for a while. */
const attack = (ip_address: string, from: number) =>
  Array.from({ length: 30 }, (_, n) =>
    record({
      ip_address,
      timestamp: from + n * 100,
      path: "/item",
      signals: 1,
    }));

/** A store with or without a challenge in its policy, and passes over the log. */
async function scene(kv: Deno.Kv, rules: unknown[]) {
  const clock = { now: HOUR_START + 600_000 };
  const now = () => clock.now;
  if (rules.length > 0) {
    await applyPolicy(kv, { rules, by: "ann", now: clock.now });
  }
  const config = parseConfig({ AUTO_BLOCK: "on" });
  const operatorOf = (ip: string) =>
    ip === "192.0.2.1"
      ? null
      : { asn: 64_500, name: "x", hosting: ip === RENTED };
  return {
    clock,
    async pass(...ips: string[]) {
      clock.now += 60_000;
      await store(kv, now, ips.flatMap((ip) => attack(ip, clock.now - 50_000)));
      await runLightPass(await jobOptions({ kv, now, config, operatorOf }));
    },
    challenged: async () =>
      (await temporaryRules(kv, clock.now)).challenged.map(({ ip }) => ip),
    blocked: async () => {
      const found: string[] = [];
      for await (
        const { value } of kv.list<AccessEntry>({
          prefix: keys.accessAll("blocked"),
        })
      ) found.push(value.ip_address);
      return found.sort();
    },
  };
}

Deno.test("Where the policy has a challenge, who comes from no rented machine is asked first, and blocked when they go on", async () => {
  using kv = await Deno.openKv(":memory:");
  const { pass, challenged, blocked } = await scene(kv, [CHALLENGE]);
  await pass(HOME, RENTED, "192.0.2.1");
  assertEquals(await challenged(), [HOME]);
  assertEquals(await blocked(), ["192.0.2.1", RENTED]);
  // The same evidence again changes nothing.
  await pass();
  assertEquals(await blocked(), ["192.0.2.1", RENTED]);
  await pass(HOME);
  assertEquals(await blocked(), ["192.0.2.1", RENTED, HOME].sort());
});

Deno.test("What is lifted stays lifted; who goes on after an hour is asked anew", async () => {
  using kv = await Deno.openKv(":memory:");
  const { pass, challenged, blocked, clock } = await scene(kv, [CHALLENGE]);
  await pass(HOME);
  await liftChallenges(kv, () => true, clock.now);
  await pass();
  assertEquals(await challenged(), []);
  await pass(HOME);
  assertEquals([await challenged(), await blocked()], [[HOME], []]);
  clock.now += HOUR;
  assertEquals(await challenged(), []);
});

Deno.test("An undone challenge resolves its findings; the evidence before it leads to nothing, and new evidence to a challenge", async () => {
  using kv = await Deno.openKv(":memory:");
  const { pass, challenged, blocked, clock } = await scene(kv, [CHALLENGE]);
  await pass(HOME);
  const { items } = await listAudit(kv, { limit: 9, now: clock.now });
  const { reverse } = items.find(({ what }) => what === "challenge")!;
  assert(reverse?.kind === "unchallenge");
  assertEquals(await isChallenged(kv, reverse, clock.now), true);
  const later = { ...reverse, at: reverse.at + 1 };
  assertEquals(await isChallenged(kv, later, clock.now), false);
  await undoChallenge(kv, reverse, { by: "ann", now: clock.now });
  assertEquals(await isChallenged(kv, reverse, clock.now), false);
  for (const id of reverse.findings) {
    assertEquals((await getFinding(kv, id, clock.now))?.is_active, false);
  }
  await pass();
  assertEquals([await challenged(), await blocked()], [[], []]);
  await pass(HOME);
  assertEquals([await challenged(), await blocked()], [[HOME], []]);
});

Deno.test("Without a challenge in the policy a machine blocks", async () => {
  using kv = await Deno.openKv(":memory:");
  const { pass, challenged, blocked } = await scene(kv, []);
  await pass(HOME);
  assertEquals([await challenged(), await blocked()], [[], [HOME]]);
});
