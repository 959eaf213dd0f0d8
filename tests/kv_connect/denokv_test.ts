/**
 * Compares the tests' own KV Connect server with denokv: both refuse the same requests, with the
 * same messages, and give the same responses.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { deadline } from "../../lib/base/delay.ts";
import { DENOKV, HINT, startDenokv } from "./denokv.ts";
import { ENCODING } from "./key_store.ts";
import { LIMITS } from "./limits.ts";
import { writeMessage } from "./protobuf.ts";
import {
  atomicMessage,
  longKey,
  outcome,
  type RawKv,
  rawKv,
  type RawMutation,
  readMessageOf,
  rows,
  textKey,
} from "./raw.ts";
import { startKvConnect, TOKEN } from "./server.ts";
import { waitFor } from "../_wait.ts";

const ignore = DENOKV === null;
const bytes = (count: number) => new Uint8Array(count);
const none = bytes(0);
const one = new Uint8Array([1]);
const le64 = (n: number) => new Uint8Array([n, 0, 0, 0, 0, 0, 0, 0]);
const times = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

/** Runs a test on both servers. */
async function onBoth(
  run: (ours: RawKv, theirs: RawKv) => Promise<void>,
): Promise<void> {
  await using ours = startKvConnect();
  await using theirs = await startDenokv();
  await run(await rawKv(ours.url), await rawKv(theirs.url));
}

const set = (key: string, more: Partial<RawMutation> = {}): RawMutation => ({
  key: textKey(key),
  type: 1,
  value: one,
  ...more,
});
const check = (key: string, versionstamp = none) => ({
  key: textKey(key),
  versionstamp,
});
const range = (limit: number, start = textKey("a"), end = textKey("z")) => ({
  start,
  end,
  limit,
});

/** Atomic writes at the limits. */
const WRITES: Record<string, Parameters<typeof atomicMessage>[0]> = {
  "10 checks": { checks: times(10, (i) => check(`c${i}`)) },
  "11 checks": { checks: times(11, (i) => check(`c${i}`)) },
  "a check that fails, and another": {
    checks: [
      check("no"),
      check("no", bytes(10)),
      check("no too", bytes(10)),
    ],
    mutations: [set("unwritten")],
  },
  "a short versionstamp": { checks: [check("c", bytes(9))] },
  "a long versionstamp": { checks: [check("c", bytes(11))] },
  "a checked key of 2,049 bytes": {
    checks: [{ key: longKey(2_049), versionstamp: none }],
  },
  "a checked key of 2,050 bytes": {
    checks: [{ key: longKey(2_050), versionstamp: none }],
  },
  "1,000 mutations": { mutations: times(1_000, (i) => set(`m${i}`)) },
  "1,001 mutations": { mutations: times(1_001, (i) => set(`m${i}`)) },
  "a key of 2,048 bytes": { mutations: [{ ...set(""), key: longKey(2_048) }] },
  "a key of 2,049 bytes": { mutations: [{ ...set(""), key: longKey(2_049) }] },
  "a value of 65,536 bytes": {
    mutations: [set("big", { value: bytes(65_536) })],
  },
  "a value of 65,537 bytes": {
    mutations: [set("bigger", { value: bytes(65_537) })],
  },
  // 12 · 65,536 = 786,432; with keys of 5 bytes, 819,200 are reached by 32,708 more.
  "819,200 bytes": {
    mutations: [
      ...times(12, (i) => set(`w${i % 10}x`, { value: bytes(65_536) })),
      set("w0y", { value: bytes(819_200 - 12 * 65_541 - 5) }),
    ],
  },
  "819,201 bytes": {
    mutations: [
      ...times(12, (i) => set(`w${i % 10}x`, { value: bytes(65_536) })),
      set("w0z", { value: bytes(819_201 - 12 * 65_541 - 5) }),
    ],
  },
  "no mutation kind": { mutations: [set("k", { type: 0 })] },
  "an unknown mutation kind": { mutations: [set("k", { type: 8 })] },
  "a set without a value": { mutations: [set("k", { value: undefined })] },
  "an unknown encoding": { mutations: [set("k", { encoding: 7 })] },
  "no encoding": { mutations: [set("k", { encoding: 0 })] },
  "an end before the epoch": { mutations: [set("k", { expiresAt: -2 })] },
  "a sum of what is no number": {
    mutations: [set("b"), {
      ...set("b"),
      type: 3,
      value: le64(1),
      encoding: 2,
    }],
  },
  "sum, max and min": {
    mutations: [3, 4, 5].flatMap((type) =>
      [5, 3, 9].map((n) =>
        set(`n${type}`, { type, value: le64(n), encoding: ENCODING.le64 })
      )
    ),
  },
  "a delete of what is not there": {
    mutations: [{ key: textKey("never"), type: 2 }],
  },
};

Deno.test({
  name: `denokv: takes and refuses the same writes, in the same words${HINT}`,
  ignore,
  fn: () =>
    onBoth(async (ours, theirs) => {
      for (const [name, write] of Object.entries(WRITES)) {
        const answers = await Promise.all([ours, theirs].map(async (kv) => {
          const answer = await kv.send("atomic_write", atomicMessage(write));
          return answer.ok
            ? outcome(await answer.bytes())
            : [answer.status, await answer.text()];
        }));
        assertEquals(answers[0], answers[1], name);
      }
      const whole = readMessageOf([range(1_000, textKey("a"), textKey("zz"))]);
      const stored = await Promise.all([ours, theirs].map(async (kv) =>
        rows(await (await kv.send("snapshot_read", whole)).bytes())
      ));
      assertEquals(stored[0], stored[1]);
    }),
});

/** Reads at the limits. */
const READS: Record<string, Parameters<typeof readMessageOf>[0]> = {
  "nothing": [],
  "10 ranges": times(10, () => range(1)),
  "11 ranges": times(11, () => range(1)),
  "1,000 entries": [range(500), range(500)],
  "1,001 entries": [range(500), range(501)],
  "no limit": [range(0)],
  "a negative limit": [range(-1)],
  "a start of 2,049 bytes": [range(1, longKey(2_049))],
  "a start of 2,050 bytes": [range(1, longKey(2_050))],
  "an end of 2,050 bytes": [range(1, textKey("a"), longKey(2_050))],
  "an end before the start": [range(1, textKey("z"), textKey("a"))],
};

Deno.test({
  name: `denokv: takes and refuses the same reads, in the same words${HINT}`,
  ignore,
  fn: () =>
    onBoth(async (ours, theirs) => {
      for (const [name, read] of Object.entries(READS)) {
        const answers = await Promise.all([ours, theirs].map(async (kv) => {
          const answer = await kv.send("snapshot_read", readMessageOf(read));
          return answer.ok
            ? rows(await answer.bytes())
            : [answer.status, await answer.text()];
        }));
        assertEquals(answers[0], answers[1], name);
      }
    }),
});

Deno.test({
  name: `denokv: lets in and keeps out the same clients${HINT}`,
  ignore,
  fn: () =>
    onBoth(async (ours, theirs) => {
      const read = readMessageOf([range(1)]);
      const asks: Record<string, (kv: RawKv) => Promise<Response>> = {
        "metadata for version 1": (kv) =>
          kv.metadata(`{"supportedVersions":[1]}`),
        "metadata for versions 2 and 3": (kv) =>
          kv.metadata(`{"supportedVersions":[1,2,3]}`),
        "metadata for version 2": (kv) =>
          kv.metadata(`{"supportedVersions":[2]}`),
        "metadata without a body": (kv) => kv.metadata(""),
        "metadata for versions that are none": (kv) =>
          kv.metadata(`{"supportedVersions":"3"}`),
        "metadata without a token": (kv) =>
          kv.metadata(`{"supportedVersions":[3]}`, { authorization: "" }),
        "metadata with another token": (kv) =>
          kv.metadata(`{"supportedVersions":[3]}`, {
            authorization: "Bearer another-token",
          }),
        "metadata with a basic token": (kv) =>
          kv.metadata(`{"supportedVersions":[3]}`, {
            authorization: `Basic ${TOKEN}`,
          }),
        "version 2": (kv) =>
          kv.send("snapshot_read", read, { "x-denokv-version": "2" }),
        "version 1": (kv) =>
          kv.send("snapshot_read", read, { "x-denokv-version": "1" }),
        "another token": (kv) =>
          kv.send("snapshot_read", read, { authorization: "Bearer no" }),
        "a token alone": (kv) =>
          kv.send("snapshot_read", read, { authorization: "no" }),
        "another database": (kv) =>
          kv.send("snapshot_read", read, { "x-denokv-database-id": "7" }),
        "a message that is cut off": (kv) =>
          kv.send("snapshot_read", read.subarray(0, -1)),
      };
      for (const [name, ask] of Object.entries(asks)) {
        const answers = await Promise.all([ours, theirs].map(async (kv) => {
          const answer = await ask(kv);
          const text = await answer.text();
          if (answer.ok) {
            return name.startsWith("metadata") ? JSON.parse(text).version : 200;
          }
          // The messages about malformed requests may differ.
          return [answer.status, text.replace(/(invalid: ).*/s, "$1")];
        }));
        assertEquals(answers[0], answers[1], name);
      }
    }),
});

Deno.test({
  name:
    `denokv: watches as our server does: all keys, each change, pings${HINT}`,
  ignore,
  fn: () =>
    onBoth(async (ours, theirs) => {
      const keys = [textKey("w1"), textKey("w2")];
      const message = writeMessage(
        keys.map((key) => [1, writeMessage([[1, key]])]),
      );
      const tooMany = writeMessage(
        times(LIMITS.watchedKeys + 1, () => [1, writeMessage([[1, one]])]),
      );
      const seen = await Promise.all([ours, theirs].map(async (kv) => {
        const refused = await kv.send("watch", tooMany);
        const words = [refused.status, await refused.text()];
        const answer = await kv.send("watch", message);
        const frames = readFrames(answer.body!);
        const first = [await frames.next(), await frames.next()]
          .map(({ value }) => value!.length);
        const write = atomicMessage({ mutations: [set("w2")] });
        await (await kv.send("atomic_write", write)).body?.cancel();
        const changed = await deadline(frames.next(), 5_000);
        const ping = await deadline(frames.next(), 10_000);
        await frames.return(undefined);
        return {
          words,
          first: first.sort((a, b) => a - b),
          changed: changed.value?.length,
          ping: ping.value?.length,
        };
      }));
      assertEquals(seen[0], seen[1]);
      assertEquals(seen[0]!.ping, 0);
    }),
});

async function* readFrames(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let held: number[] = [];
  for await (const chunk of stream) {
    held.push(...chunk);
    while (held.length >= 4) {
      const length = held[0]! + (held[1]! << 8) + (held[2]! << 16);
      if (held.length < 4 + length) break;
      yield new Uint8Array(held.slice(4, 4 + length));
      held = held.slice(4 + length);
    }
  }
}

const size = fc.constantFrom(0, 1, 2, 8, 9, 10, 11, 2_046, 2_048, 2_049, 2_050);
const rawMutation = fc.record({
  key: size.map((n) => n < 3 ? textKey("k".repeat(n)) : longKey(n)),
  // Not 9: a key followed by its versionstamp, both of which count separately.
  type: fc.constantFrom(0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 255),
  value: fc.option(fc.constantFrom(0, 1, 7, 8, 9, 65_536, 65_537).map(bytes), {
    nil: undefined,
  }),
  encoding: fc.constantFrom(0, 1, 2, 3, 4),
  expiresAt: fc.constantFrom(undefined, -2, -1, 0, 1, 4_102_444_800_000),
}).map((each): RawMutation => ({
  ...each,
  // For a number that is not of eight bytes denokv closes the connection.
  value: each.encoding === ENCODING.le64 ? le64(each.type) : each.value,
}));
const rawCheck = fc.record({
  key: size.map((n) => n < 3 ? textKey("k".repeat(n)) : longKey(n)),
  versionstamp: fc.constantFrom(0, 9, 10, 11).map(bytes),
});
const rawMessage = fc.oneof(
  fc.record({
    endpoint: fc.constant("atomic_write"),
    body: fc.record({
      checks: fc.array(rawCheck, { maxLength: 12 }),
      mutations: fc.array(rawMutation, { maxLength: 3 }),
    }).map(atomicMessage),
  }),
  fc.record({
    endpoint: fc.constant("snapshot_read"),
    body: fc.array(
      fc.record({
        start: fc.constantFrom(none, textKey("a"), longKey(2_050)),
        end: fc.constantFrom(none, textKey("z"), longKey(2_050)),
        limit: fc.constantFrom(-1, 0, 1, 500, 1_000, 1_001),
        reverse: fc.boolean(),
      }),
      { maxLength: 12 },
    ).map(readMessageOf),
  }),
);

Deno.test({
  name: `denokv: whatever is sent, both take it or refuse it alike${HINT}`,
  ignore,
  fn: () =>
    onBoth(async (ours, theirs) => {
      await fc.assert(
        fc.asyncProperty(
          rawMessage,
          fc.constantFrom("2", "3"),
          async ({ endpoint, body }, version) => {
            const answers = await Promise.all([ours, theirs].map(async (kv) => {
              const answer = await kv.send(endpoint, body, {
                "x-denokv-version": version,
              });
              if (!answer.ok) return [answer.status, await answer.text()];
              const read = endpoint === "atomic_write" ? outcome : rows;
              return read(await answer.bytes());
            }));
            assertEquals(answers[0], answers[1]);
          },
        ),
        { numRuns: 300 },
      );
    }),
});

const part = fc.oneof(
  fc.constantFrom("", "a", "b", "\u0000", "é", "\ud83d\ude00"),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0n, -1n, 2n ** 70n, true, false, -0, 1.5, NaN),
  fc.uint8Array({ maxLength: 2 }),
);
const key = fc.array(part, { minLength: 1, maxLength: 2 });
const write = fc.record({
  key,
  kind: fc.constantFrom("set", "delete", "sum", "max", "min"),
  n: fc.integer({ min: 0, max: 5 }),
  /** Checks a key with the correct versionstamp, with a wrong one, or not at all. */
  check: fc.constantFrom("good", "bad", "none"),
});

Deno.test({
  name:
    `denokv: after any writes by the built-in client, both hold the same${HINT}`,
  ignore,
  async fn() {
    Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
    await using ours = startKvConnect();
    await using theirs = await startDenokv();
    using a = await Deno.openKv(ours.url);
    using b = await Deno.openKv(theirs.url);
    const apply = async (
      kv: Deno.Kv,
      writes: typeof write extends fc.Arbitrary<infer W> ? W[] : never,
    ) => {
      const done: unknown[] = [];
      for (const { key, kind, n, check } of writes) {
        const entry = await kv.get(key);
        const atomic = kv.atomic();
        if (check === "good") atomic.check(entry);
        if (check === "bad") {
          atomic.check({ key, versionstamp: "ff".repeat(10) });
        }
        if (kind === "set") atomic.set(key, { n });
        else if (kind === "delete") atomic.delete(key);
        else if (kind === "sum") atomic.sum(key, BigInt(n));
        else if (kind === "max") atomic.max(key, BigInt(n));
        else atomic.min(key, BigInt(n));
        // The message of a refusal contains the server's address.
        done.push(
          await atomic.commit().then(
            ({ ok }) => ok,
            (error) => String(error).replace(/.*status/s, ""),
          ),
        );
      }
      const stored = kv.list({ prefix: [] }, { batchSize: 3 });
      return {
        done,
        rows: await Array.fromAsync(stored, ({ key, value }) => [key, value]),
      };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 12 }), async (writes) => {
        const [mine, other] = await Promise.all([
          apply(a, writes),
          apply(b, writes),
        ]);
        assertEquals(mine, other);
      }),
      { numRuns: 60 },
    );
  },
});

Deno.test({
  name:
    `denokv: killed and started again, what was acknowledged is there${HINT}`,
  ignore,
  async fn() {
    Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
    await using server = await startDenokv();
    using kv = await Deno.openKv(server.url);
    let acknowledged = 0;
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        const { ok } = await kv.set(["n", acknowledged], acknowledged);
        assert(ok);
        acknowledged++;
      }
    })();
    for (let i = 0; i < 3; i++) {
      const before = acknowledged;
      await waitFor("50 more writes", () => acknowledged >= before + 50);
      await server.restart("SIGKILL");
    }
    isOver = true;
    await deadline(writing, 30_000);
    const rows = await Array.fromAsync(kv.list({ prefix: ["n"] }));
    assertEquals(rows.length, acknowledged);
  },
});
