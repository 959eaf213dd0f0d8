import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import {
  runTask,
  startServer,
  temporaryKvPath,
  type TestServer,
} from "../_server.ts";
import { waitFor } from "../_wait.ts";

/** Every schedule runs at this interval in milliseconds, whatever the time is. */
const SOON = { DENO_CRON_TEST_SCHEDULE_OFFSET: "100" };
const HOUR = 3_600_000;

/** Lines of an access log: 101 requests of one address in the previous clock hour. */
function busyHour(): string {
  const time = new Date(Math.floor(Date.now() / HOUR) * HOUR - HOUR / 2);
  const [, day, month, year] = time.toUTCString().split(" ");
  const clock = time.toISOString().slice(11, 19);
  const agent =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  return Array(101).fill(
    `203.0.113.9 - - [${day}/${month}/${year}:${clock} +0000] ` +
      `"GET / HTTP/1.1" 200 5 "-" "${agent}"`,
  ).join("\n");
}

async function task(kvPath: string, name: string, args: string[], stdin = "") {
  const run = await runTask(name, args, { env: { KV_PATH: kvPath }, stdin });
  assertEquals(run.code, 0, run.stderr);
  return run.stdout;
}

async function flagged(kvPath: string): Promise<string[]> {
  const items: { reason: string; ip_address: string }[] = JSON.parse(
    await task(kvPath, "export", ["suspicious", "--format", "json"]),
  );
  return items.filter(({ reason }) => reason === "high_volume")
    .map(({ ip_address }) => ip_address);
}

/** The number of hours judged by a server's job, as it reports. */
function hoursJudged(server: TestServer): number {
  let hours = 0;
  for (const line of server.errors().split("\n")) {
    if (!line.includes('"sys_detect"')) continue;
    hours += JSON.parse(line).hours ?? 0;
  }
  return hours;
}

for (const count of [1, 2]) {
  const who = count === 1
    ? "the server runs the hourly job by itself"
    : "of two servers on one KV, one runs the hourly job";
  Deno.test(`cron: ${who}`, async () => {
    const kvPath = await temporaryKvPath();
    const begunAt = Date.now();
    await task(kvPath, "import-log", ["-", "--no-detect"], busyHour());
    assertEquals(await flagged(kvPath), []);
    {
      await using stack = new AsyncDisposableStack();
      const servers = await Promise.all(
        Array.from(
          { length: count },
          () => startServer({ kvPath, env: SOON }),
        ),
      );
      for (const server of servers) stack.use(server);
      const judged = () =>
        servers.reduce((sum, server) => sum + hoursJudged(server), 0);
      await waitFor("the job", () => judged() > 0);
      await waitFor("findings", async () => (await flagged(kvPath)).length > 0);
      // Every process has tried more than once by now, and found nothing left to do.
      await delay(500);
      const hours = Math.floor(Date.now() / HOUR) - Math.floor(begunAt / HOUR);
      assert(judged() >= 1 && judged() <= 1 + hours, `${judged()} hours`);
      assertEquals(await flagged(kvPath), ["203.0.113.9"]);
    }
    await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
  });
}
