import { onCommit, onSet, withFaults } from "../_fake_kv.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import {
  type BackupEntry,
  decodeEntry,
  encodeEntry,
  encodeLine,
} from "../../lib/backup/format.ts";
import { DamagedBackupError } from "../../lib/backup/read.ts";
import { NotEmptyError, restoreBackup } from "../../lib/backup/restore.ts";
import { writeBackup } from "../../lib/backup/write.ts";
import { keys } from "../../lib/store/keys.ts";
import { bringUpToDate, SchemaError } from "../../lib/store/schema.ts";
import { startKvConnect, TOKEN } from "../kv_connect/server.ts";

const NOW = Date.UTC(2026, 0, 1);
const now = () => NOW;

/** A folder that is removed at the end. */
async function folder() {
  const path = await Deno.makeTempDir({ prefix: "portcullis_backup_" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function entries(kv: Deno.Kv): Promise<BackupEntry[]> {
  const all = await Array.fromAsync(kv.list({ prefix: [] }));
  return all.map(({ key, value }) => ({ key, value }));
}

/** A store with one value of every kind that KV can hold. */
async function fill(kv: Deno.Kv): Promise<void> {
  await bringUpToDate(kv);
  await kv.set(["a", 1, 2n, new Uint8Array([1, 0, 2]), true, "\0é😀"], {
    bytes: new Uint8Array([1, 2, 3]),
    words: new Uint16Array([1, 65_535]),
    floats: new Float64Array([1.5, -0, NaN]),
    buffer: new ArrayBuffer(3),
    date: new Date(5),
    big: 10n ** 30n,
    nested: { map: new Map([[1, new Set(["x"])]]), none: undefined, nil: null },
    list: [1, , 3],
  });
  await kv.set(["b"], new Deno.KvU64(2n ** 64n - 1n));
  await kv.set(["c", -0], null);
  await kv.set(["c", -Infinity], "text");
  await kv.set(["d"], new Uint8Array(65_000).fill(7));
}

Deno.test("backup: a restored store holds the same keys and values, of every type that KV knows", async () => {
  await using at = await folder();
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  const file = `${at.path}/b`;
  const trailer = await writeBackup(from, file, now);
  assertEquals(trailer.count, 6);
  assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  const done = await restoreBackup(() => Promise.resolve(to), file, { now });
  assertEquals([done.written, done.expired], [6, 0]);
  assertEquals(await entries(to), await entries(from));
  assertEquals(done.backup.created_at, "2026-01-01T00:00:00.000Z");
});

Deno.test("backup: any entry is read as it was written", () => {
  const part = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true }),
    fc.bigInt(),
    fc.boolean(),
    fc.uint8Array(),
  );
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 6 }),
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
      }),
      (key, value) => {
        const entry = { key: key as Deno.KvKey, value: structuredClone(value) };
        const bytes = encodeEntry(entry);
        assertEquals(
          new DataView(bytes.buffer).getUint32(0, true) + 4,
          bytes.length,
        );
        assertEquals(decodeEntry(bytes.subarray(4)), entry);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("backup: typed arrays come back with buffers of their own", () => {
  const value = { words: new Uint16Array([1, 2]), bytes: new Uint8Array(3) };
  const read = decodeEntry(encodeEntry({ key: ["a"], value }).subarray(4));
  const { words, bytes } = read.value as typeof value;
  assertEquals([words.buffer.byteLength, bytes.buffer.byteLength], [4, 3]);
});

Deno.test("backup: more entries than one commit takes, with long keys and values", async () => {
  await using at = await folder();
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  for (let i = 0; i < 60; i++) {
    await from.set(["long", i, "k".repeat(1_900)], 1);
    await from.set(["wide", i], "v".repeat(60_000));
    const many = from.atomic();
    for (let n = 0; n < 50; n++) many.set(["many", i, n], n);
    await many.commit();
  }
  await writeBackup(from, `${at.path}/b`, now);
  const { written } = await restoreBackup(
    () => Promise.resolve(to),
    `${at.path}/b`,
    { now },
  );
  assertEquals(written, 60 * 52);
  // The version of a store from before versions.
  assertEquals((await to.get(keys.schemaVersion())).value, 1);
  await to.delete(keys.schemaVersion());
  assertEquals(await entries(to), await entries(from));
});

Deno.test("backup: what ended since is left out, and what passes within minutes is not in it", async () => {
  await using at = await folder();
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  const live = { expires_at: NOW + 1_000 };
  const ended = { expires_at: NOW };
  await from.set(keys.session("live"), live);
  await from.set(keys.session("ended"), ended);
  await from.set(keys.userSession("u", "live"), NOW - 5);
  await from.set(keys.userSession("u", "ended"), NOW - 5);
  await from.set(keys.access("blocked", "192.0.2.1"), { expires_at: null });
  await from.set(keys.access("blocked", "192.0.2.2"), live);
  await from.set(keys.access("blocked", "192.0.2.3"), ended);
  await from.set(keys.blockHits("192.0.2.1"), { hits: 1 });
  await from.set(keys.blockHits("192.0.2.3"), { hits: 3 });
  await from.set(keys.geo("ipapi", "192.0.2.1"), { expiresAt: NOW });
  await from.set(keys.throttle("login", "192.0.2.1"), { passes: [NOW] });
  await from.set(keys.lease("detect"), { ...live, owner: "x" });
  await from.set(keys.accessChange(1), { version: 1 });
  const trailer = await writeBackup(from, `${at.path}/b`, now);
  assertEquals(trailer.count, 10);

  const sets: [string, number | undefined][] = [];
  const watched = onSet(
    to,
    (key, expireIn) => sets.push([key.slice(0, 3).join(" "), expireIn]),
  );
  const done = await restoreBackup(
    () => Promise.resolve(watched),
    `${at.path}/b`,
    { now },
  );
  assertEquals([done.written, done.expired], [5, 5]);
  assertEquals(sets, [
    ["access blocked 192.0.2.1", undefined],
    ["access blocked 192.0.2.2", 1_000],
    ["block_hits 192.0.2.1", undefined],
    ["session live", 1_000],
    ["user_session u live", 1_000],
    ["schema_version", undefined],
  ]);
});

Deno.test("restore: a damaged file is refused before the store is opened", async (t) => {
  await using at = await folder();
  using from = await Deno.openKv(":memory:");
  await fill(from);
  await writeBackup(from, `${at.path}/whole`, now);
  const whole = await Deno.readFile(`${at.path}/whole`);
  const text = Array.from(whole, (byte) => String.fromCharCode(byte)).join("");
  const trailerAt = text.lastIndexOf('{"count"');
  const bytes = (latin1: string) =>
    Uint8Array.from(latin1, (char) => char.charCodeAt(0));
  const flipped = (index: number) => {
    const copy = whole.slice();
    copy[index]! ^= 1;
    return copy;
  };
  const header = (changes: Record<string, unknown>) => {
    const end = text.indexOf("\n");
    const changed = { ...JSON.parse(text.slice(0, end)), ...changes };
    return bytes(`${JSON.stringify(changed)}${text.slice(end)}`);
  };
  const cases: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(), "not a backup"],
    ["another file", bytes("PK\x03\x04\n"), "not a backup"],
    ["a long line", new Uint8Array(600_000).fill(65), "not a backup"],
    ["JSON, but no backup", bytes('{"a":1}\n'), "not a backup"],
    ["null", bytes("null\n"), "not a backup"],
    ["a header alone", whole.subarray(0, text.indexOf("\n") + 1), "too early"],
    ["half of it", whole.subarray(0, whole.length >> 1), "too early"],
    ["no trailer", whole.subarray(0, trailerAt), "last line is missing"],
    ["half a trailer", whole.subarray(0, -3), "last line is missing"],
    ["a flipped bit in the last value", flipped(trailerAt - 100), "SHA-256"],
    ["a flipped bit in the time", flipped(text.indexOf("2026")), "SHA-256"],
    [
      "another count",
      bytes(text.replace('"count":6', '"count":7')),
      "contains 6 entries, expected 7",
    ],
    ["two in one", new Uint8Array([...whole, ...whole]), "after its last line"],
    ["another format", header({ version: 2 }), "format is version 2"],
    ["a newer schema", header({ schema: 99 }), "schema is 99"],
    ["no schema", header({ schema: undefined }), "schema is undefined"],
    [
      "a record of 4 GiB",
      new Uint8Array([
        ...whole.subarray(0, text.indexOf("\n") + 1),
        ...[255, 255, 255, 255],
      ]),
      "too long",
    ],
    [
      "a record of rubbish",
      new Uint8Array([
        ...whole.subarray(0, text.indexOf("\n") + 1),
        ...[3, 0, 0, 0, 1, 2, 3],
      ]),
      "a record cannot be read",
    ],
  ];
  for (const [name, damaged, says] of cases) {
    await t.step(name, async () => {
      await Deno.writeFile(`${at.path}/damaged`, damaged);
      let opened = false;
      const error = await assertRejects(
        () =>
          restoreBackup(
            () => {
              opened = true;
              return Promise.reject(new Error("opened"));
            },
            `${at.path}/damaged`,
            { now, force: true },
          ),
        DamagedBackupError,
      );
      assertStringIncludes(error.message, says);
      assertEquals(opened, false);
    });
  }
  assert(encodeLine({ count: 0, sha256: "" }).at(-1) === 10);
});

Deno.test("restore: a store that holds something is left alone without force, replaced with it", async () => {
  await using at = await folder();
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  await writeBackup(from, `${at.path}/b`, now);
  await bringUpToDate(to);
  await to.set(["mine"], 1);
  await to.set(["b"], "other");
  const before = await entries(to);
  const open = () => Promise.resolve(to);
  await assertRejects(
    () => restoreBackup(open, `${at.path}/b`, { now }),
    NotEmptyError,
  );
  assertEquals(await entries(to), before);
  await restoreBackup(open, `${at.path}/b`, { now, force: true });
  assertEquals(await entries(to), await entries(from));
  await restoreBackup(open, `${at.path}/b`, { now, force: true });
  assertEquals(await entries(to), await entries(from));
});

Deno.test("restore: cut short, no server starts on the store, and the same file ends it", async () => {
  await using at = await folder();
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(":memory:");
  await fill(from);
  for (let i = 0; i < 30; i++) await from.set(["e", i], "v".repeat(60_000));
  await writeBackup(from, `${at.path}/b`, now);
  await writeBackup(from, `${at.path}/other`, () => NOW + 1);
  const failing = onCommit(to, (n) => {
    if (n === 3) throw new Error("pulled plug");
  });
  await assertRejects(
    () =>
      restoreBackup(() => Promise.resolve(failing), `${at.path}/b`, { now }),
    Error,
    "pulled plug",
  );
  await assertRejects(
    () => bringUpToDate(to),
    SchemaError,
    "restored incompletely",
  );
  const open = () => Promise.resolve(to);
  await assertRejects(
    () => restoreBackup(open, `${at.path}/other`, { now }),
    NotEmptyError,
  );
  await restoreBackup(open, `${at.path}/b`, { now });
  assertEquals(await entries(to), await entries(from));
  await bringUpToDate(to);
});

Deno.test("backup: a failed one leaves the older file, and nothing else", async () => {
  await using at = await folder();
  using from = await Deno.openKv(":memory:");
  await fill(from);
  const file = `${at.path}/b`;
  await writeBackup(from, file, now);
  const before = await Deno.readFile(file);
  const failing = withFaults(from, {
    list() {
      throw new Error("gone");
    },
  });
  await assertRejects(() => writeBackup(failing, file, now), Error, "gone");
  assertEquals(await Deno.readFile(file), before);
  assertEquals((await Array.fromAsync(Deno.readDir(at.path))).length, 1);
});

Deno.test("backup and restore: over KV Connect", async () => {
  await using at = await folder();
  await using server = startKvConnect();
  Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
  using from = await Deno.openKv(":memory:");
  using to = await Deno.openKv(server.url);
  await fill(from);
  await from.delete(["c", -Infinity]);
  await writeBackup(from, `${at.path}/b`, now);
  const open = () => Promise.resolve(to);
  await restoreBackup(open, `${at.path}/b`, { now });
  assertEquals(await entries(to), await entries(from));
  const again = await writeBackup(to, `${at.path}/b`, now);
  assertEquals(again.count, 5);
});
