import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { openAddressStorage } from "../../lib/privacy/address_storage.ts";
import { withStoredForm } from "../../lib/privacy/own_paths.ts";
import { RotatingKeys } from "../../lib/privacy/rotating_keys.ts";
import { seal, unseal } from "../../lib/privacy/seal.ts";
import { withoutAddress } from "../../lib/retention/forget_addresses.ts";
import { keys } from "../../lib/store/keys.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5, 12);

function rotating(kv: Deno.Kv, now: () => number) {
  return new RotatingKeys({
    ...{ kv, now },
    periodMs: DAY,
    heldMs: 2 * DAY,
    keyOf: keys.hashKey,
    all: keys.hashKeysAll(),
  });
}

Deno.test("rotating keys: all who begin at once, on several connections, use the same", async () => {
  const folder = await Deno.makeTempDir();
  const stores = await Promise.all(
    Array.from({ length: 3 }, () => Deno.openKv(`${folder}/kv.db`)),
  );
  try {
    const all = stores.flatMap((kv) => [
      rotating(kv, () => START),
      rotating(kv, () => START),
    ]);
    await Promise.all(all.map((each) => each.ready()));
    const texts = new Set(all.map(({ current }) => current.key.toHex()));
    assertEquals(texts.size, 1);
  } finally {
    for (const kv of stores) kv.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("rotating keys: a new one each period, older ones for as long as they are held", async () => {
  using kv = await Deno.openKv(":memory:");
  let time = START;
  const each = rotating(kv, () => time);
  const seen: string[] = [];
  for (let day = 0; day < 5; day++) {
    await each.ready();
    await each.ready();
    seen.push(each.current.key.toHex());
    const held = each.held.map(({ key }) => key.toHex());
    assertEquals(held, seen.slice(-3).toReversed(), `day ${day}`);
    time += DAY;
  }
  // A clock that is set back finds the existing key.
  time -= 2 * DAY;
  await each.ready();
  assertEquals(each.current.key.toHex(), seen[3]);
});

Deno.test("seal: what was sealed is read with the key, and by nobody else", () => {
  const held = (start: number) => ({
    start,
    key: crypto.getRandomValues(new Uint8Array(32)),
    expires_at: 0,
  });
  const [one, other] = [held(1), held(2)];
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const sealed = seal(one, text.toWellFormed());
    const read = (keys: [number, Uint8Array][]) =>
      unseal(new Map(keys), sealed);
    assertEquals(read([[1, one.key], [2, other.key]]), text.toWellFormed());
    assertEquals(read([[2, one.key]]), null);
    assertEquals(read([[1, other.key]]), null);
  }));
  const damaged = seal(one, "203.0.113.9");
  damaged.bytes[30]! ^= 1;
  assertEquals(unseal(new Map([[1, one.key]]), damaged), null);
  const short = { key: 1, bytes: new Uint8Array(5) };
  assertEquals(unseal(new Map([[1, one.key]]), short), null);
});

Deno.test("hashed: an address hashes equal for a day and in every process, then differently", async () => {
  using kv = await Deno.openKv(":memory:");
  let time = START;
  const a = await openAddressStorage(kv, "hashed", () => time);
  const b = await openAddressStorage(kv, "hashed", () => time);
  for (const ip of ["203.0.113.9", "2606:4700::1111"]) {
    const form = a.stored(ip);
    assertEquals(b.stored(ip), form);
    assert(a.isForm(form) && form !== a.stored("203.0.113.8"));
    time += DAY;
    await a.ready();
    assertNotEquals(a.stored(ip), form);
    assertEquals(a.formsOf(ip).slice(0, 3), [ip, a.stored(ip), form]);
    assertEquals(a.storedAt(ip, time - DAY), form);
    time -= DAY;
    await a.ready();
  }
  // An old key: the address can no longer be mapped to that form.
  const form = a.stored("203.0.113.9");
  time += 9 * DAY;
  await a.ready();
  assert(!a.formsOf("203.0.113.9").includes(form));
});

Deno.test("own paths: an address in one of ours gives way to its form, nothing else does", () => {
  const stored = () => "x";
  const cases = [
    ["/admin/ip/203.0.113.9", "/admin/ip/x"],
    ["/admin/ip/2606%3A4700%3A%3A1111", "/admin/ip/x"],
    ["/api/blocked/203.0.113.9", "/api/blocked/x"],
    ["https://a.example/admin/ip/::1", "https://a.example/admin/ip/x"],
    ["/admin/ip/203.0.113.0%2F24", "/admin/ip/203.0.113.0%2F24"],
    ["/admin/ip/%", "/admin/ip/%"],
    ["/admin/ip/", "/admin/ip/"],
    ["/203.0.113.9", "/203.0.113.9"],
  ];
  for (const [path, expected] of cases) {
    assertEquals(withStoredForm(path!, stored), expected);
  }
});

Deno.test("withoutAddress() finds an address as such in every text, and in no longer one", () => {
  const cases = [
    ["seen 8.8.4.7.", "seen x."],
    ["(8.8.4.7)", "(x)"],
    ["8.8.4.70", "8.8.4.70"],
    ["18.8.4.7", "18.8.4.7"],
    ["8.8.4.7.1", "8.8.4.7.1"],
    ["8.8.4.7/32", "x/32"],
    ["8x8x4x7", "8x8x4x7"],
  ];
  for (const [text, expected] of cases) {
    assertEquals(withoutAddress({ a: [text] }, "8.8.4.7", "x"), {
      a: [expected!],
    });
  }
  const bytes = new Uint8Array([1]);
  assertEquals(
    withoutAddress({ bytes, n: 1, z: null }, "::1", "x").bytes,
    bytes,
  );
});
