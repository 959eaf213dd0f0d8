import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type AccessChunk,
  ChunkPacker,
  chunkSize,
  countLayers,
  unpack,
} from "../../lib/lists/access_chunk.ts";
import type { AccessEntry } from "../../lib/lists/access_entry.ts";
import { formatCidr, parseCidr } from "../../lib/net/cidr.ts";

const NOW = 1_700_000_000_000;

// Few texts and times, so that entries share them.
const entry: fc.Arbitrary<AccessEntry> = fc.record({
  ip_address: fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat(32)),
    fc.tuple(fc.ipV6(), fc.nat(128)),
  ).map(([ip, prefix]) => formatCidr(parseCidr(`${ip}/${prefix}`))),
  reason: fc.oneof(fc.constantFrom("", "scans"), fc.string()),
  created_by: fc.constantFrom("ann", "feed:drop"),
  created_at: fc.constantFrom(NOW - 2, NOW - 1),
  expires_at: fc.constantFrom(null, NOW - 1, NOW, NOW + 1, NOW + 86_400_000),
});

/** Packs entries; each chunk is closed when the next entry does not fit. */
function packed(entries: readonly AccessEntry[]): AccessChunk[] {
  const packer = new ChunkPacker();
  const chunks: AccessChunk[] = [];
  for (const each of entries) {
    if (packer.add(each)) continue;
    chunks.push(packer.take());
    assert(packer.add(each), "an empty chunk takes any entry");
  }
  if (packer.size > 0) chunks.push(packer.take());
  return chunks;
}

/** The approximate size as counted by KV. */
function bytesOf(
  { prefixes, words, reasons, texts, times }: AccessChunk,
): number {
  return prefixes.length + words.length * 4 + reasons.length * 8 +
    times.length * 8 + texts.reduce((sum, text) => sum + 2 * text.length, 0);
}

Deno.test("what was packed is unpacked as it was, but for what has expired", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const found: AccessEntry[] = [];
      for (const chunk of packed(entries)) {
        unpack(
          chunk,
          NOW,
          (range, each) =>
            found.push({ ...each, ip_address: formatCidr(range) }),
        );
      }
      assertEquals(
        found,
        entries.filter(({ expires_at }) =>
          expires_at === null || expires_at > NOW
        ),
      );
    }),
  );
});

Deno.test("layers count every entry of a chunk by family and prefix, expired ones too", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const counts: Parameters<typeof countLayers>[1] = [];
      const chunks = packed(entries);
      for (const chunk of chunks) countLayers(chunk, counts);
      const naive = new Map<string, number>();
      for (const { ip_address } of entries) {
        const { family, prefix } = parseCidr(ip_address);
        const key = `${family}/${prefix}`;
        naive.set(key, (naive.get(key) ?? 0) + 1);
      }
      assertEquals(
        new Map(
          counts.map(([family, prefix, n]) => [`${family}/${prefix}`, n]),
        ),
        naive,
      );
      // Each layer is stored once.
      assertEquals(counts.length, naive.size);
      assertEquals(
        chunks.reduce((sum, chunk) => sum + chunkSize(chunk), 0),
        entries.length,
      );
    }),
  );
});

Deno.test("a chunk fits into a value of the store, whatever texts its entries have", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500 }),
      fc.boolean(),
      fc.boolean(),
      (length, isV6, areTimesAlike) => {
        const entries = Array.from({ length: 3_000 }, (_, i): AccessEntry => ({
          ip_address: isV6
            ? `2001:db8::${i.toString(16)}`
            : `10.0.${i >> 8}.${i & 255}`,
          reason: String(i % 700).padEnd(length, "x"),
          created_by: "feed:drop",
          created_at: areTimesAlike ? NOW : NOW + i,
          expires_at: areTimesAlike ? null : NOW + 10_000 + i,
        }));
        const chunks = packed(entries);
        for (const chunk of chunks) assert(bytesOf(chunk) < 64 * 1_024);
        // No more chunks than necessary: all but the last are well filled.
        for (const chunk of chunks.slice(0, -1)) {
          assert(bytesOf(chunk) > 25 * 1_024, `${bytesOf(chunk)}`);
        }
      },
    ),
    { numRuns: 20 },
  );
});
