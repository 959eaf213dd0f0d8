import { assertEquals } from "@std/assert";
import { createAccountTag } from "../../lib/accounts/account_tag.ts";
import {
  type LoginEvent,
  LoginLog,
  scanLogins,
} from "../../lib/accounts/login_log.ts";
import { failing, withFaults } from "../_fake_kv.ts";

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

function event(change: Partial<LoginEvent> = {}): LoginEvent {
  return {
    timestamp: START,
    ip_address: "203.0.113.9",
    account: "0123456789abcdef",
    outcome: "wrong",
    ...change,
  };
}

async function setUp() {
  const kv = await Deno.openKv(":memory:");
  const clock = { now: START };
  const now = () => clock.now;
  const log = new LoginLog({ kv, now, retentionMs: HOUR });
  const scan = (from: number, to: number) =>
    Array.fromAsync(scanLogins(kv, { from, to }, now));
  return { kv, clock, now, log, scan, [Symbol.dispose]: () => kv.close() };
}

Deno.test("login log: what is appended is read back, from any process, in its stretch of time", async () => {
  using t = await setUp();
  const other = new LoginLog({ kv: t.kv, now: t.now, retentionMs: HOUR });
  const events = (["success", "wrong", "limited", "code"] as const).map(
    (outcome, i) => event({ outcome, timestamp: START + i * 1_000 }),
  );
  for (const each of events.slice(0, 2)) t.log.append(each);
  for (const each of events.slice(2)) other.append(each);
  await Promise.all([t.log.close(), other.close()]);
  assertEquals(await t.scan(START, START + HOUR), events);
  assertEquals(await t.scan(START + 1_000, START + 3_000), events.slice(1, 3));
  assertEquals(await t.scan(START - HOUR, START), []);
});

Deno.test("login log: batches of any size and span are stored whole", async () => {
  using t = await setUp();
  for (let i = 0; i < 1_300; i++) {
    const account = i.toString(16).padStart(16, "0");
    t.log.append(event({ account, timestamp: START + (1_300 - i) * 150 }));
  }
  await t.log.close();
  const found = await t.scan(START, START + HOUR);
  assertEquals(new Set(found.map(({ account }) => account)).size, 1_300);
  const middle = await t.scan(START + 15_000, START + 30_000);
  assertEquals(middle.length, 100);
});

Deno.test("of a flood's refusals for one account one is kept in a batch", async () => {
  using t = await setUp();
  for (let i = 0; i < 500; i++) t.log.append(event({ outcome: "limited" }));
  await t.log.flush();
  t.log.append(event({ outcome: "limited" }));
  t.log.append(event({ outcome: "limited", account: "f".repeat(16) }));
  await t.log.close();
  assertEquals((await t.scan(START, START + HOUR)).length, 3);
});

Deno.test("login log: an event is gone after its retention, though the row may be there still", async () => {
  using t = await setUp();
  t.log.append(event());
  await t.log.close();
  t.clock.now = START + HOUR - 1;
  assertEquals((await t.scan(START, START + HOUR)).length, 1);
  t.clock.now = START + HOUR;
  assertEquals((await t.scan(START, START + HOUR)).length, 0);
});

Deno.test("while the store fails events wait, and are stored when it is back", async () => {
  using t = await setUp();
  const faults: { set?: typeof failing } = { set: failing };
  const errors: unknown[] = [];
  const log = new LoginLog({
    kv: withFaults(t.kv, faults),
    now: t.now,
    retentionMs: HOUR,
    onError: (error) => errors.push(error),
  });
  log.append(event());
  assertEquals(await log.flush(), false);
  assertEquals(errors.length, 1);
  delete faults.set;
  log.append(event({ outcome: "success" }));
  await log.close();
  assertEquals((await t.scan(START, START + HOUR)).length, 2);
});

Deno.test("an account tag is one for all spellings, keyed, and not the name", async () => {
  using t = await setUp();
  const [tag, again] = await Promise.all([
    createAccountTag(t.kv),
    createAccountTag(t.kv),
  ]);
  using elsewhere = await Deno.openKv(":memory:");
  const other = await createAccountTag(elsewhere);
  assertEquals(tag("User@x"), again("ｕｓｅｒ＠ｘ "));
  assertEquals(/^[0-9a-f]{16}$/.test(tag("User@x")), true);
  assertEquals(tag("User@x") === other("User@x"), false);
  assertEquals(tag("a") === tag("b"), false);
});
