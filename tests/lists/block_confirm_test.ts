import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { AccessLists } from "../../lib/lists/access_lists.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { listAccess } from "../../lib/lists/access_read.ts";
import { audited } from "../../lib/lists/access_audit.ts";
import {
  BlockConfirmations,
  CONFIRM_MS,
  confirmBlock,
  type PendingBlock,
  pendingEntry,
  undoBlock,
} from "../../lib/lists/block_confirm.ts";
import { keys } from "../../lib/store/keys.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { Clock } from "./_access.ts";

const confirmations = new BlockConfirmations(new Uint8Array(32).fill(7));

function tokenOf(pending: PendingBlock): string {
  const url = new URL(confirmations.path(pending), "http://h");
  return url.searchParams.get("token")!;
}

/** A store in which an admin's own address is blocked until it is confirmed. */
async function bench(expires_at: number | null = null) {
  const kv = await Deno.openKv(":memory:");
  const clock = new Clock();
  const pending: PendingBlock = {
    ip_address: "203.0.113.9",
    pending_until: clock.ms + CONFIRM_MS,
    expires_at,
    session: "s1",
  };
  const order = () =>
    blockIp(kv, clock.now, {
      ip: pending.ip_address,
      created_by: "ann",
      expires_at: clock.ms + CONFIRM_MS,
      force: true,
    });
  await order();
  return {
    ...{ kv, clock, pending, order },
    blocked: async () =>
      (await listAccess(kv, "blocked", { now: clock.now })).items,
    /** The audit entries of `act`. */
    async acts(act: typeof confirmBlock, what: "confirm_block" | "unblock") {
      const { ip_address: ip } = pending;
      const also = audited(what, { who: "ann", from: ip, ip }, clock.now);
      const change = await act(
        kv,
        clock.now,
        pending,
        (atomic) => also(atomic, undefined),
      );
      const { items } = await listAudit(kv, { limit: 9, now: clock.ms });
      return {
        isDone: change !== null,
        trail: items.map(({ who, what, target }) => [who, what, target]),
      };
    },
    [Symbol.dispose]: () => kv.close(),
  };
}

Deno.test("a token says what was signed, whatever it is", () => {
  fc.assert(
    fc.property(
      fc.record({
        ip_address: fc.ipV6(),
        pending_until: fc.nat(),
        expires_at: fc.option(fc.nat()),
        session: fc.string({ maxLength: 40 }),
      }),
      (pending) => assertEquals(confirmations.read(tokenOf(pending)), pending),
    ),
  );
});

Deno.test("a token that is changed anywhere, or signed with another key, is none", () => {
  const pending = {
    ip_address: "203.0.113.9",
    pending_until: 1_700_000_060_000,
    expires_at: null,
    session: "s1",
  };
  const token = tokenOf(pending);
  const [text = "", signature = ""] = token.split(".");
  const other = new BlockConfirmations(new Uint8Array(32).fill(8));
  const foreign = new URL(other.path(pending), "http://h").searchParams;
  for (
    const forged of [
      null,
      "",
      ".",
      text,
      `${text}.`,
      `.${signature}`,
      `${token}.`,
      `${token}.${signature}`,
      `${text}.${signature.slice(1)}`,
      `${text}.${signature}A`,
      `${text}.${"A".repeat(signature.length)}`,
      `${text}.${"ä".repeat(signature.length)}`,
      `${text}A.${signature}`,
      `${btoa(JSON.stringify({ ...pending, session: "s2" }))}.${signature}`,
      `${"A".repeat(2_000_000)}.${signature}`,
      foreign.get("token"),
    ]
  ) assertEquals(confirmations.read(forged), null, String(forged).slice(0, 80));
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.base64String(), (at, other) => {
      const forged = token.slice(0, at) + (other[0] ?? "-") +
        token.slice(at + 1);
      if (forged === token) return;
      assertEquals(confirmations.read(forged), null);
    }),
  );
  assertEquals(confirmations.read(token), pending);
});

Deno.test("only the page that confirms is let through, with the token of the entry that blocks", async () => {
  using b = await bench();
  const lists = await AccessLists.open(b.kv, { now: b.clock.now });
  const match = lists.match(b.pending.ip_address, b.clock.ms)!;
  const passes = (path: string) =>
    confirmations.mayPass({ url: `http://h${path}` }, match);
  const path = confirmations.path(b.pending);
  assertEquals(passes(path), true);
  for (
    const other of [
      path.replace("/confirm", ""),
      path.replace("/confirm", "/confirm/"),
      path.replace("/admin/", "/"),
      path.replace(/token=.*/, ""),
      path.replace("token=", "token=A"),
      "/",
      confirmations.path({ ...b.pending, ip_address: "203.0.113.8" }),
      confirmations.path({
        ...b.pending,
        pending_until: b.pending.pending_until + 1,
      }),
    ]
  ) assertEquals(passes(other), false, other);
  await lists.close();
});

Deno.test("confirmed, a block stands until its real end, its hits with it, and says so in the audit trail", async () => {
  const end = 1_700_000_000_000 + 7 * 86_400_000;
  for (const expires_at of [null, end]) {
    using b = await bench(expires_at);
    const hits = { hits: 3, last_hit_at: b.clock.ms };
    await b.kv.set(keys.blockHits(b.pending.ip_address), hits);
    const { isDone, trail } = await b.acts(confirmBlock, "confirm_block");
    assert(isDone);
    assertEquals(trail, [["ann", "confirm_block", "203.0.113.9"]]);
    b.clock.ms += CONFIRM_MS + 1;
    const [entry] = await b.blocked();
    assertEquals([entry?.expires_at, entry?.hits], [expires_at, 3]);
    // The token is used up.
    assertEquals(await pendingEntry(b.kv, b.clock.now, b.pending), null);
    assertEquals((await b.acts(confirmBlock, "confirm_block")).isDone, false);
    assertEquals((await b.acts(undoBlock, "unblock")).isDone, false);
  }
});

Deno.test("taken back, a block is gone at once, and says so in the audit trail", async () => {
  using b = await bench();
  const { isDone, trail } = await b.acts(undoBlock, "unblock");
  assert(isDone);
  assertEquals(trail, [["ann", "unblock", "203.0.113.9"]]);
  assertEquals(await b.blocked(), []);
  assertEquals((await b.acts(confirmBlock, "confirm_block")).isDone, false);
});

Deno.test("a block that ended, or that was ordered anew, can neither be confirmed nor taken back", async () => {
  for (const isEnded of [true, false]) {
    using b = await bench();
    b.clock.ms += isEnded ? CONFIRM_MS : 1;
    if (!isEnded) await b.order();
    const before = await b.blocked();
    for (
      const [act, what] of [
        [confirmBlock, "confirm_block"],
        [undoBlock, "unblock"],
      ] as const
    ) {
      assertEquals(await b.acts(act, what), { isDone: false, trail: [] });
    }
    assertEquals(await b.blocked(), before);
  }
});
