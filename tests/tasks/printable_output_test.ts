import { assert, assertEquals } from "@std/assert";
import { csvLine } from "../../lib/base/csv.ts";
import { printableJson } from "../../lib/base/text.ts";
import { openKv } from "../../lib/store/open.ts";
import { blockMany } from "../../lib/lists/access_import.ts";
import { runTask } from "../_server.ts";

/** All but line breaks and tabs. */
const ACTS_ON_A_TERMINAL = /(?![\t\r\n])[\p{Cc}\p{Cf}]/u;
const HOSTILE =
  "\x1b[2J\x9b31m\x7f\u202eevil\u2066\u200b\ufeff\x00\u{e0001}\u0085";

Deno.test("printableJson() reads back as the same value and holds nothing that acts on a terminal", () => {
  for (const value of [HOSTILE, { [HOSTILE]: [HOSTILE, 1, null] }, []]) {
    for (const indent of [0, 2]) {
      const text = printableJson(value, indent);
      assert(!ACTS_ON_A_TERMINAL.test(text), text);
      assertEquals(JSON.parse(text), value);
    }
  }
});

Deno.test("csvLine() writes out what acts on a terminal", () => {
  const line = csvLine([HOSTILE, "a\nb", 1, null]);
  assert(!ACTS_ON_A_TERMINAL.test(line), line);
  assert(line.includes('"a\nb"'));
});

Deno.test("export and list-blocked print nothing that acts on a terminal, and 200,000 entries are no more than a list", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kvPath = `${folder}/store.db`;
    const kv = await openKv(kvPath);
    await blockMany(
      kv,
      Date.now,
      Array.from({ length: 200_000 }, (_, i) => ({
        ip: `11.${i >> 16}.${i >> 8 & 255}.${i & 255}`,
        reason: i === 0 ? HOSTILE : "scans",
        created_by: "test",
        expires_at: null,
      })),
    );
    kv.close();
    const env = { KV_PATH: kvPath, GEO_PROVIDER: "off" };
    for (
      const [name, args] of [
        ["list-blocked", []],
        ["list-blocked", ["--json"]],
        ["export", ["blocked", "--format", "csv"]],
        ["export", ["blocked", "--format", "json"]],
      ] as const
    ) {
      const { code, stdout, stderr } = await runTask(name, [...args], { env });
      assertEquals([code, stderr], [0, ""]);
      assert(stdout.split("11.").length > 200_000, `${stdout.length}`);
      const found = ACTS_ON_A_TERMINAL.exec(stdout);
      assertEquals(found, null, `${name} ${args}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
