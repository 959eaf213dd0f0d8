import { assert, assertEquals } from "@std/assert";
import { startWithAdmin } from "./_admin.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { workerCount } from "../../lib/app/workers.ts";
import { waitFor } from "../_wait.ts";

/** The child processes of a process. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter(Boolean).map(Number);
}

async function isGone(pid: number): Promise<true | null> {
  try {
    await Deno.stat(`/proc/${pid}`);
    return null;
  } catch {
    return true;
  }
}

/** On a new connection each time, so that any of the processes may respond. */
async function ask(url: string, init: RequestInit = {}) {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    const response = await fetch(
      url,
      { redirect: "manual", ...init, client } as RequestInit,
    );
    return { status: response.status, text: await response.text() };
  } finally {
    client.close();
  }
}

Deno.test({
  name: "WORKERS: several processes are one server",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    await using server = await startWithAdmin({ env: { WORKERS: "3" } });
    const { origin, pid } = server;
    assert(server.greeting.includes("3 processes share the port."));
    const first = await waitFor("three workers", async () => {
      const all = await childrenOf(pid);
      return all.length === 3 ? all : null;
    });

    await t.step("a limit holds over all of them", async () => {
      const body = new URLSearchParams({ username: "x", password: "y" });
      const tries = await Promise.all(
        Array.from({ length: 24 }, () =>
          ask(`${origin}/login`, {
            method: "POST",
            headers: { origin },
            body,
          })),
      );
      const limited = tries.filter(({ status }) => status === 429).length;
      // The login of this test's own admin was one of the five.
      assertEquals(limited, 24 - 4);
    });

    await t.step("each request is in the one log", async () => {
      for (let n = 0; n < 40; n++) await ask(`${origin}/worker-${n}`);
      await waitFor("the log", async () => {
        const { items } = await server.api<{ items: unknown[] }>(
          "/api/requests?path=/worker-*&limit=100",
        );
        return items.length === 40 ? items : null;
      });
    });

    await t.step("one that dies is started again", async () => {
      Deno.kill(first[0]!, "SIGKILL");
      await waitFor("another worker", async () => {
        const all = await childrenOf(pid);
        return all.length === 3 && !all.includes(first[0]!) ? all : null;
      });
      assert(server.errors().includes("sys_worker_died"));
      assertEquals((await ask(`${origin}/healthz`)).status, 200);
    });

    await t.step("SIGHUP replaces all of them, one by one", async () => {
      const before = await childrenOf(pid);
      let isOver = false;
      const statuses = new Map<number, number>();
      let resets = 0;
      const load = (async () => {
        while (!isOver) {
          try {
            const { status } = await ask(`${origin}/login`);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
          } catch {
            // Linux resets the connections in the queue of a closing listener.
            resets++;
          }
        }
      })();
      Deno.kill(pid, "SIGHUP");
      await waitFor("new workers", async () => {
        const all = await childrenOf(pid);
        return all.length === 3 && all.every((each) => !before.includes(each))
          ? all
          : null;
      });
      isOver = true;
      await load;
      assertEquals([...statuses.keys()], [200]);
      assert(resets <= 3, `${resets} of ${statuses.get(200)} were reset`);
    });

    await t.step("SIGTERM ends all of them in order", async () => {
      const all = await childrenOf(pid);
      assertEquals((await server.stop()).code, 0);
      for (const each of all) {
        await waitFor(`the end of ${each}`, () => isGone(each));
      }
    });
  },
});

Deno.test({
  name: "WORKERS: none outlives a parent that is killed",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = await startServer({ env: { WORKERS: "2" } });
    const all = await childrenOf(server.pid);
    assertEquals(all.length, 2);
    await server.stop("SIGKILL");
    for (const each of all) {
      await waitFor(`the end of ${each}`, () => isGone(each));
    }
  },
});

Deno.test("WORKERS: what cannot be is said, and ends the process or is one", async () => {
  const memory = { kvPath: ":memory:" };
  const file = { kvPath: await temporaryKvPath() };
  assertEquals(workerCount({ workers: "auto", ...memory }), 1);
  assertEquals(
    workerCount({ workers: "auto", ...file }, { os: "linux", cores: 4 }),
    4,
  );
  assertEquals(workerCount({ workers: 4, ...file }, { os: "darwin" }), 1);
  const started = startServer({ env: { WORKERS: "2", KV_PATH: ":memory:" } });
  const error = await started.then(
    async (server) => {
      await server[Symbol.asyncDispose]();
      return null;
    },
    (error: Error) => error,
  );
  const words = String(error);
  assert(
    words.includes("status 1") && words.includes("WORKERS above 1"),
    words,
  );
});
