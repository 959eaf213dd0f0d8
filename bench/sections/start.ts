import { startServer, type TestServer } from "../../tests/_server.ts";
import { type Figure, figure } from "../figure.ts";
import { filledLog } from "../filled_log.ts";
import { load } from "../load.ts";
import { short } from "../numbers.ts";
import { held, newStore } from "../process.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Time from the start of the process to its first response; and its memory. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const times = options.quick ? 2 : 5;
  // The first start fills Deno's caches.
  await firstAnswer(newStore(options));
  const empty = await rounds(times, () => firstAnswer(newStore(options)));
  const { kvPath, total } = await filledLog(options);
  const full = await rounds(times, () => firstAnswer(kvPath));
  return [
    figure("start to first answer, empty store", "s", empty, {
      goal: ["≤", 1],
    }),
    figure(`start to first answer, ${short(total)} records`, "s", full, {
      goal: ["≤", 2],
    }),
    ...await memory(options),
  ];
}

async function firstAnswer(kvPath: string): Promise<number> {
  const started = performance.now();
  await using server = await startServer({ kvPath });
  const response = await fetch(server.origin);
  await response.body?.cancel();
  const took = performance.now() - started;
  if (response.status !== 200) throw new Error(`It answers ${response.status}`);
  return took / 1_000;
}

/** With the city database of both families; idle, and after load on the home page. */
async function memory(options: BenchOptions): Promise<Figure[]> {
  const seconds = options.quick ? 3 : 600;
  const rest = options.quick ? 2_000 : 30_000;
  const kvPath = newStore(options);
  await using server = await startServer({
    kvPath,
    command: ["bench/start_watched.ts"],
  });
  await (await fetch(server.origin)).body?.cancel();
  await pause(options.quick ? 500 : 5_000);
  const idle = await look(server);
  const { rps } = await load(server.origin + "/", { seconds });
  const after = await look(server);
  await pause(options.quick ? 500 : 10_000);
  const rested = await look(server);
  return [
    figure("memory, idle", "MB", idle.rss, {
      goal: ["≤", 220],
      note: idle.what,
    }),
    figure("memory at the end of full load ÷ idle", "×", after.rss / idle.rss, {
      note: `${short(after.rss)} MB at the end of ${
        options.quick ? "3 s only" : "10 minutes"
      } of ${short(rps)} requests/s, garbage and all: ${after.what}`,
    }),
    figure("memory after full load ÷ idle", "×", rested.rss / idle.rss, {
      goal: ["≤", 1.3],
      note: `${short(rested.rss)} MB ${rest / 1_000} s later: ${rested.what}`,
    }),
  ];
}

async function look({ pid, kvPath }: TestServer) {
  Deno.kill(pid, "SIGUSR2");
  await pause(200);
  const file = `${kvPath}.memory.json`;
  const usage: Deno.MemoryUsage = JSON.parse(await Deno.readTextFile(file));
  const { rss, anonymous, mapped } = held(pid);
  const heap = usage.heapTotal / 1024 ** 2;
  const inUse = usage.heapUsed / 1024 ** 2;
  const external = usage.external / 1024 ** 2;
  const rest = anonymous - heap - external;
  return {
    rss,
    what:
      `V8's heap ${short(heap)} (${short(inUse)} in use), outside it ${
        short(external)
      }, ` +
      `other memory ${short(rest)}, program and mapped files ${short(mapped)}`,
  };
}
