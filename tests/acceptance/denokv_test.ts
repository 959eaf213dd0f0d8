/**
 * Large jobs on a real denokv, which has lower limits per write than other stores, is remote, and
 * dies meanwhile.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HOUR_END, offendersHour, thresholdOf } from "../../bench/offenders.ts";
import { storeRequests } from "../../bench/store_requests.ts";
import { delay } from "../../lib/base/delay.ts";
import { listFindings } from "../../lib/detection/findings.ts";
import { blockMany } from "../../lib/lists/access_import.ts";
import type { AccessEntry } from "../../lib/lists/access_entry.ts";
import { AccessLists } from "../../lib/lists/access_lists.ts";
import { countRequests } from "../../lib/log/request_query.ts";
import { readMarks } from "../../lib/log/rollup/marks.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { readRollups } from "../../lib/log/rollup/stored_rollups.ts";
import { requestsIn } from "../../lib/log/rollup/rollup.ts";
import { sweep } from "../../lib/retention/sweep.ts";
import { keys } from "../../lib/store/keys.ts";
import { bringUpToDate } from "../../lib/store/schema.ts";
import { addresses } from "../feeds/_feeds.ts";
import { runTask } from "../_server.ts";
import {
  DENOKV,
  type Denokv,
  HINT,
  startDenokv,
} from "../kv_connect/denokv.ts";
import { Link } from "../kv_connect/link.ts";
import { TOKEN } from "../kv_connect/server.ts";
import { waitFor } from "../_wait.ts";

/** `DENOKV_RECORDS=1000000` for the long run. */
const RECORDS = Number(Deno.env.get("DENOKV_RECORDS") ?? 120_000);
const HOUR = 3_600_000;

interface Setting {
  server: Denokv;
  /** To `server`, as used by the tasks. */
  link: Link;
  kv: Deno.Kv;
  folder: string;
  /** Runs a task on the store by the link, with `trouble` in parallel; resolves to its output. */
  task(
    name: string,
    args: string[],
    options?: { env?: Record<string, string>; trouble?: () => Promise<void> },
  ): Promise<string>;
}

function onDenokv(name: string, run: (setting: Setting) => Promise<void>) {
  Deno.test({
    name: `denokv: ${name}${HINT}`,
    ignore: DENOKV === null,
    async fn() {
      Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
      await using server = await startDenokv();
      await using link = new Link(server.port);
      const folder = await Deno.makeTempDir({ prefix: "portcullis_" });
      using kv = await Deno.openKv(server.url);
      await bringUpToDate(kv);
      try {
        await run({
          ...{ server, link, kv, folder },
          async task(task, args, { env, trouble } = {}) {
            const [done] = await Promise.all([
              runTask(task, args, {
                env: {
                  KV_PATH: link.url,
                  DENO_KV_ACCESS_TOKEN: TOKEN,
                  GEO_PROVIDER: "off",
                  ...env,
                },
              }),
              trouble?.(),
            ]);
            assertEquals(done.code, 0, done.stderr);
            return done.stdout;
          },
        });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Waits until a store has an entry under a prefix. */
async function filled(kv: Deno.Kv, prefix: Deno.KvKey): Promise<void> {
  await waitFor("something under the prefix", async () => {
    for await (const _ of kv.list({ prefix }, { limit: 1 })) return true;
    return false;
  });
}

/** Cuts the link, then kills the server. */
async function trouble({ link, server }: Setting): Promise<void> {
  link.state = "cut";
  await delay(300);
  link.state = "up";
  await delay(300);
  await server.restart("SIGKILL");
}

onDenokv(
  "import-list takes 100,000 entries through a cut and a kill, and takes them off again",
  async (setting) => {
    const { kv, task, folder } = setting;
    const file = `${folder}/list.txt`;
    await Deno.writeTextFile(file, addresses(100_000));
    const began = performance.now();
    const printed = await task("import-list", [file, "--source", "big"], {
      trouble: async () => {
        await filled(kv, keys.accessAll("blocked"));
        await trouble(setting);
      },
    });
    assertStringIncludes(printed, "100,000 new");
    console.log(
      `denokv: 100,000 entries in ${
        Math.round(performance.now() - began)
      } ms, a cut and a kill included`,
    );
    const authors = async () => {
      const counts: Record<string, number> = {};
      const rows = kv.list<AccessEntry>(
        { prefix: keys.accessAll("blocked") },
        { batchSize: 1_000 },
      );
      for await (const { value: { created_by } } of rows) {
        counts[created_by] = (counts[created_by] ?? 0) + 1;
      }
      return counts;
    };
    assertEquals(await authors(), { "feed:big": 100_000 });

    await Deno.writeTextFile(file, addresses(95_000));
    const less = await task("import-list", [file, "--source", "big", "--yes"]);
    assertStringIncludes(less, "5,000 gone");
    assertEquals(await authors(), { "feed:big": 95_000 });
  },
);

onDenokv(
  `detect finds 10,500 offenders in ${RECORDS} records through a cut and a kill, once; rollups and sweep follow`,
  async (setting) => {
    const { kv, task } = setting;
    const now = () => HOUR_END;
    const expiresAt = Date.now() + 365 * 24 * HOUR;
    await storeRequests(kv, offendersHour(RECORDS), {
      expiresAt,
      writtenAt: HOUR_END,
    });
    const args = ["--at", new Date(HOUR_END).toISOString(), "--json"];
    const env = { SUSPICIOUS_REQUEST_THRESHOLD: `${thresholdOf(RECORDS)}` };
    const first = JSON.parse(
      await task("detect", args, {
        env,
        trouble: async () => {
          await filled(kv, keys.findingsAll());
          await trouble(setting);
        },
      }),
    );
    assertEquals(first.examined, RECORDS);
    const volume = async () => {
      let count = 0;
      for (let cursor: string | null = null;;) {
        const page = await listFindings(kv, {
          ...{ rule: "high_volume", limit: 500, cursor, now: Date.now() },
        });
        count += page.items.length;
        if ((cursor = page.cursor) === null) return count;
      }
    };
    assertEquals(await volume(), 10_500);
    const again = JSON.parse(await task("detect", args, { env }));
    assertEquals(again.flagged, first.flagged);
    assertEquals(await volume(), 10_500);
    console.log(
      `denokv: ${RECORDS} records judged in ${again.took_ms} ms, with ${again.flagged} findings recorded in ${first.took_ms} ms, a cut and a kill included`,
    );

    const later = () => HOUR_END + 24 * HOUR;
    await rollUp({ kv, now: later });
    const hours = await Array.fromAsync(
      readRollups(kv, "hour", HOUR_END - HOUR, HOUR_END, later),
    );
    assertEquals(hours.map(({ slots }) => requestsIn(slots)), [RECORDS]);
    assertEquals((await readMarks(kv)).size, 0);

    let removed = 0;
    for (let isDone = false; !isDone;) {
      const result = await sweep({
        ...{ kv, logRetention: HOUR, maxEntries: 5_000 },
        now: () => expiresAt + HOUR,
      });
      removed += result.removed;
      isDone = result.isDone;
    }
    assert(removed > 10_500, `${removed}`);
    assertEquals(await volume(), 0);
    const range = { from: 0, to: HOUR_END + HOUR };
    assertEquals(await countRequests(kv, range, now), 0);
  },
);

onDenokv(
  "hits of 500 blocked addresses are counted, by two processes at once",
  async ({ kv, link }) => {
    const rows = Array.from({ length: 500 }, (_, i) => ({
      ip: `8.1.${i >> 8}.${i & 255}`,
      created_by: "ada",
    }));
    await blockMany(kv, Date.now, rows);
    using other = await Deno.openKv(link.url);
    const looks: (Error | null)[] = [];
    const options = {
      now: Date.now,
      onPoll: (e: Error | null) => looks.push(e),
    };
    await using a = await AccessLists.open(kv, options);
    await using b = await AccessLists.open(other, options);
    for (let round = 0; round < 3; round++) {
      for (const { ip } of rows) {
        for (const lists of [a, b]) {
          lists.recordHit({
            ip_address: lists.match(ip, Date.now())!.entry.ip_address,
          });
        }
      }
      await delay(700);
    }
    const total = async () => {
      let sum = 0;
      const hits = kv.list<{ hits: number }>({ prefix: keys.blockHitsAll() });
      for await (const { value } of hits) sum += value.hits;
      return sum;
    };
    await waitFor("every hit", async () => await total() >= 3_000);
    assertEquals(await total(), 3_000);
    assertEquals(looks.filter((error) => error !== null), []);
  },
);

onDenokv(
  "backup, restore and migrate-kv carry a store there and back, through a kill",
  async (setting) => {
    const { kv, task, folder, link } = setting;
    const rows = Array.from({ length: 3_000 }, (_, i) => ({
      ip: `8.1.${i >> 8}.${i & 255}`,
      created_by: "ada",
    }));
    await blockMany(kv, Date.now, rows);
    await storeRequests(kv, offendersHour(30_000), {
      expiresAt: Date.now() + 24 * HOUR,
      writtenAt: Date.now(),
    });
    const count = async (path: string) =>
      JSON.parse(
        (await runTask("list-blocked", ["--json"], {
          env: { KV_PATH: path, DENO_KV_ACCESS_TOKEN: TOKEN },
        })).stdout,
      ).length;
    const backup = `${folder}/portcullis.bak`;
    await task("backup", [backup]);
    const file = `${folder}/copy.db`;
    const away = await task("migrate-kv", ["--from", link.url, "--to", file], {
      trouble: async () => {
        // From the first write on.
        await waitFor("the copy", () => Deno.stat(file).catch(() => null));
        await trouble(setting);
      },
    });
    assertStringIncludes(away, "Both have");
    assertEquals(await count(file), 3_000);

    await using other = await startDenokv();
    const back = await runTask("migrate-kv", [
      "--from",
      file,
      "--to",
      other.url,
    ], {
      env: { DENO_KV_ACCESS_TOKEN: TOKEN },
    });
    assertEquals(back.code, 0, back.stderr);
    assertEquals(await count(other.url), 3_000);

    await using third = await startDenokv();
    await task("restore", [backup], { env: { KV_PATH: third.url } });
    assertEquals(await count(third.url), 3_000);
  },
);
