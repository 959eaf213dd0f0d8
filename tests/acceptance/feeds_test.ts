import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { getFeed } from "../../lib/feeds/feed_store.ts";
import { keys } from "../../lib/store/keys.ts";
import { runTask, startServer, temporaryKvPath } from "../_server.ts";
import { waitFor } from "../_wait.ts";

/** Every schedule runs at this interval in milliseconds. */
const ENV = {
  DENO_CRON_TEST_SCHEDULE_OFFSET: "100",
  OUTBOUND_PRIVATE: "1",
  TRUSTED_PROXIES: "127.0.0.1",
  GEO_PROVIDER: "off",
};

Deno.test("feeds: of two servers one fetches what is due, and both block it", async () => {
  const kvPath = await temporaryKvPath();
  let list = "8.8.8.0/24\n8.8.4.4\n";
  let fetched = 0;
  await using lists = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ headers }) => {
      fetched++;
      const etag = `"${encodeURIComponent(list)}"`;
      return headers.get("if-none-match") === etag
        ? new Response(null, { status: 304 })
        : new Response(list, { headers: { etag } });
    },
  );
  {
    await using one = await startServer({ kvPath, env: ENV });
    await using two = await startServer({ kvPath, env: ENV });
    const isBlocked = async (ip: string) => {
      const statuses = await Promise.all([one, two].map(async ({ origin }) => {
        const headers = { "x-forwarded-for": ip };
        const response = await fetch(origin, { headers });
        await response.body?.cancel();
        return response.status;
      }));
      return statuses.every((status) => status === 403);
    };
    const url = `http://127.0.0.1:${lists.addr.port}/list`;
    const added = await runTask(
      "feeds",
      ["add", "drop", url, "--yes"],
      { env: { ...ENV, KV_PATH: kvPath } },
    );
    assertEquals(added.code, 0, added.stderr);
    await waitFor("the task's list", () => isBlocked("8.8.8.1"));
    assertEquals(fetched, 1);

    using kv = await Deno.openKv(kvPath);
    list = "8.8.8.0/24\n8.8.1.1\n";
    const feed = await getFeed(kv, "drop");
    await kv.set(keys.feed("drop"), { ...feed, next_at: Date.now() });
    await waitFor("the job's list", () => isBlocked("8.8.1.1"));
    assert(!await isBlocked("8.8.4.4"));
    await delay(500);
    assertEquals(fetched, 2);
    const { last } = (await getFeed(kv, "drop"))!;
    assertEquals(last?.message, "Applied: 1 new, 1 kept, 1 gone.");
  }
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
});
