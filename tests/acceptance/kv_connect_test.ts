import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import type { RequestItem } from "../../lib/log/request_item.ts";
import {
  type Cluster,
  startCluster,
  STORES,
  within,
} from "../kv_connect/cluster.ts";
import { record, store as storeRecords } from "../log/_records.ts";

const HOUR = 3_600_000;
/** The proxies of all processes: the tests, which set the client's address. */
const ENV = { TRUSTED_PROXIES: "127.0.0.1" };
/** Operations on a hanging store wait longer than this, in milliseconds. */
const AT_ONCE = 900;
/** A second, plus a margin for a busy machine. */
const A_SECOND = 1_300;
let visitors = 0;

/** A request from a new address, or the given one; returns status and duration. */
async function ask(
  origin: string,
  path: string,
  { ip = `10.9.${visitors >> 8}.${visitors++ & 255}`, login = "" } = {},
): Promise<{ status: number; ms: number }> {
  const started = performance.now();
  const response = await fetch(`${origin}${path}`, {
    method: login ? "POST" : "GET",
    headers: {
      "x-forwarded-for": ip,
      ...login ? { "content-type": "application/json" } : {},
    },
    body: login ? JSON.stringify({ username: login, password: "no" }) : null,
  });
  await response.body?.cancel();
  return { status: response.status, ms: performance.now() - started };
}

/** The outcomes of `count` concurrent logins, spread over all processes. */
async function logins({ nodes }: Cluster, count: number, ip: string) {
  const tally: Record<number, number> = {};
  await Promise.all(Array.from({ length: count }, async (_, i) => {
    const { origin } = nodes[i % nodes.length]!;
    const { status } = await ask(origin, "/api/login", { ip, login: "nobody" });
    tally[status] = (tally[status] ?? 0) + 1;
  }));
  return tally;
}

for (const store of STORES) {
  Deno.test({
    name: `${store.name}: three processes are one`,
    ignore: store.ignore,
    fn: async (t) => {
      await using cluster = await startCluster({ store, env: ENV });
      const { admin, nodes } = cluster;
      /** An address whose limit is used up. */
      let full = "";

      await t.step("a session of one is a session of all", async () => {
        for (const { origin } of nodes) {
          const response = await fetch(`${origin}/api/me`, {
            headers: { authorization: `Bearer ${admin.token}` },
          });
          assertEquals((await response.json()).username, "root");
        }
      });

      await t.step("of 120 logins at once, exactly 5 pass", async () => {
        let tally: Record<number, number> = {};
        // If the machine is too busy for the store's deadline, some get 503; then they are
        // repeated.
        for (let round = 0; round < 4; round++) {
          full = `198.51.100.${20 + round}`;
          tally = await logins(cluster, 120, full);
          assert((tally[401] ?? 0) <= 5, JSON.stringify(tally));
          if (!(503 in tally)) break;
        }
        assertEquals(tally, { 401: 5, 429: 115 });
      });

      await t.step(
        "a block holds everywhere within a second, and its end",
        async () => {
          const ip = "198.51.100.2";
          const everywhere = async (status: number) =>
            (await Promise.all(
              nodes.map(({ origin }) => ask(origin, "/", { ip })),
            ))
              .every((answer) => answer.status === status);
          assert(await everywhere(200));
          await admin.api("/api/blocked", { method: "POST", json: { ip } });
          assert(await within(A_SECOND, () => everywhere(403)));
          await admin.api(`/api/blocked/${ip}`, { method: "DELETE" });
          assert(await within(A_SECOND, () => everywhere(200)));
        },
      );

      await t.step(
        "every request is in the one log, of whichever process",
        async () => {
          const paths: string[] = [];
          await Promise.all(nodes.map(async ({ origin }, n) => {
            for (let i = 0; i < 50; i++) {
              paths.push(`/process-${n}/${i}`);
              await ask(origin, `/process-${n}/${i}`);
            }
          }));
          const missing = async () => {
            const items = await admin.all<RequestItem>(
              "/api/requests?status=404",
            );
            const logged = new Set(items.map(({ path }) => path));
            return paths.filter((path) => !logged.has(path));
          };
          await within(2_000, async () => (await missing()).length === 0);
          assertEquals(await missing(), []);
        },
      );

      await t.step(
        "kill -9 of one: the others go on, it comes back to the same",
        async () => {
          const ip = "198.51.100.3";
          await admin.api("/api/blocked", { method: "POST", json: { ip } });
          await cluster.restart(2, "SIGKILL");
          const [, second, third] = nodes;
          assertEquals((await ask(third!.origin, "/", { ip })).status, 403);
          assertEquals((await ask(second!.origin, "/")).status, 200);
          const tally = await logins(cluster, 30, full);
          assertEquals(tally[401], undefined, JSON.stringify(tally));
        },
      );

      await t.step(
        "a slow store slows no page by more than it must, and no limit",
        async () => {
          cluster.setLinks("up", 100);
          const pages = await Promise.all(
            nodes.map(({ origin }) => ask(origin, "/")),
          );
          for (const { status, ms } of pages) {
            assertEquals(status, 200);
            assert(ms < AT_ONCE, `${ms} ms`);
          }
          const tally = await logins(cluster, 30, "198.51.100.4");
          assertEquals(tally[401], 5);
          cluster.setLinks("up");
        },
      );
    },
  });

  Deno.test({
    name:
      `${store.name}: hung or cut off, pages go on by the last known lists, and it recovers by itself`,
    ignore: store.ignore,
    fn: async (t) => {
      await using cluster = await startCluster({ store, size: 2, env: ENV });
      const { admin, nodes } = cluster;
      const blocked = "198.51.100.9";
      await admin.api("/api/blocked", {
        method: "POST",
        json: { ip: blocked },
      });
      await delay(1_000);

      for (const state of ["hung", "cut"] as const) {
        await t.step(state, async () => {
          const seen: string[] = [];
          cluster.setLinks(state);
          for (const [n, { origin }] of nodes.entries()) {
            for (let i = 0; i < 5; i++) {
              const path = `/${state}-${n}-${i}`;
              const page = await ask(origin, path);
              assertEquals(page.status, 404);
              assert(page.ms < AT_ONCE, `${page.ms} ms`);
              seen.push(path);
            }
            const refused = await ask(origin, "/", { ip: blocked });
            assertEquals(refused.status, 403);
            assert(refused.ms < AT_ONCE, `${refused.ms} ms`);
          }
          const [login, health] = await Promise.all([
            ask(nodes[0]!.origin, "/api/login", { login: "root" }),
            ask(nodes[1]!.origin, "/healthz"),
          ]);
          assertEquals([login.status, health.status], [503, 503]);
          assert(login.ms < 2_500, `login ${login.ms} ms`);
          assert(health.ms < 1_500, `health ${health.ms} ms`);

          cluster.setLinks("up");
          const isWell = async () =>
            (await Promise.all(
              nodes.map(({ origin }) => ask(origin, "/healthz")),
            ))
              .every(({ status }) => status === 200);
          assert(await within(10_000, isWell));
          const ip = state === "hung" ? "198.51.100.10" : "198.51.100.11";
          await admin.api("/api/blocked", { method: "POST", json: { ip } });
          assert(
            await within(
              1_500,
              async () =>
                (await ask(nodes[1]!.origin, "/", { ip })).status === 403,
            ),
          );
          // A write in progress when the link broke is retried after its deadline.
          const missing = async () => {
            const items = await admin.all<RequestItem>(
              "/api/requests?status=404",
            );
            const logged = new Set(items.map(({ path }) => path));
            return seen.filter((path) => !logged.has(path));
          };
          await within(10_000, async () => (await missing()).length === 0);
          assertEquals(await missing(), []);
        });
      }
    },
  });

  Deno.test({
    name:
      `${store.name}: of three processes that all wake for the hourly job, one runs it`,
    ignore: store.ignore,
    fn: async () => {
      const hour = Math.floor(Date.now() / HOUR) * HOUR - HOUR;
      await using cluster = await startCluster({
        store,
        env: { ...ENV, DENO_CRON_TEST_SCHEDULE_OFFSET: "1500" },
        prepare: (kv) =>
          storeRecords(
            kv,
            Date.now,
            Array.from({ length: 150 }, (_, i) =>
              record({
                timestamp: hour + i * 1_000,
                ip_address: "203.0.113.200",
                path: `/page/${i}`,
              })),
          ),
      });
      const ran = () =>
        cluster.nodes.flatMap(({ errors }) =>
          errors().split("\n").filter((line) => line.includes('"sys_detect"'))
            .map((line) => JSON.parse(line) as { examined: number })
            .filter(({ examined }) => examined > 0)
        );
      assert(await within(8_000, () => Promise.resolve(ran().length > 0)));
      await delay(1_500);
      assertEquals(ran().map(({ examined }) => examined), [150]);
      const findings = await cluster.admin.all<
        { ip_address: string; reason: string }
      >("/api/suspicious?active=true");
      assertEquals(
        findings.filter(({ ip_address, reason }) =>
          ip_address === "203.0.113.200" && reason === "high_volume"
        ).length,
        1,
      );
    },
  });
}
