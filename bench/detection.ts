/**
 * What the detection job costs: time, processor time and memory over one hour of 10^5, 10^6 and
 * 5·10^6 records with 10,500 offenders, and what a server's requests lose while it runs.
 *
 *     deno run -A bench/detection.ts [--records 1000000] [--no-server]
 */
import { parseArgs } from "@std/cli/parse-args";
import { cpuUsage } from "node:process";
import { parseConfig } from "../lib/config.ts";
import { runDetection } from "../lib/detection/job.ts";
import { jobOptions } from "../lib/detection/job_options.ts";
import { BlockPacker, type OpenBlock } from "../lib/guard/block_packer.ts";
import { middlewareOf } from "../lib/guard/middleware.ts";
import type { RequestRecord } from "../lib/guard/request_record.ts";
import { openServices } from "../lib/services.ts";
import { keys } from "../lib/store/keys.ts";
import type { State } from "../utils.ts";
import { load } from "./load.ts";
import { median } from "./numbers.ts";
import { App } from "fresh";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 5, 30, 15);
const END = START + HOUR;
const OFFENDERS = 10_500;
const ROUNDS = 5;

const { _: words, records, server } = parseArgs(Deno.args, {
  string: ["_", "records"],
  boolean: ["server"],
  default: { server: true },
  negatable: ["server"],
});

const [mode, path = ""] = words.map(String);

/** Each offender's requests are one more than the threshold. */
function thresholdOf(total: number): number {
  return Math.floor(total * 0.9 / OFFENDERS) - 1;
}

const configOf = (total: number) =>
  parseConfig({
    SUSPICIOUS_REQUEST_THRESHOLD: String(thresholdOf(total)),
    GEO_PROVIDER: "off",
  });

switch (mode) {
  case "fill":
    await fill(path, Number(records));
    break;
  case "job":
    await job(path, Number(records));
    break;
  case "serve":
    await serve(path, Number(records));
    break;
  default:
    await compare(records ? [Number(records)] : [1e5, 1e6, 5e6]);
}

async function compare(sizes: number[]): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_bench_" });
  try {
    for (const total of sizes) {
      const kvPath = `${folder}/${total}.db`;
      await child("fill", kvPath, total);
      const runs: Job[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // The first finds everything anew, the others find it again.
        runs.push(JSON.parse(await child("job", kvPath, total)));
      }
      const again = runs.slice(1);
      const line = (name: string, run: Job[]) =>
        console.log(
          `  ${name.padEnd(22)} ${
            median(run.map(({ took_ms }) => took_ms)).toFixed(0).padStart(6)
          } ms, processor ${
            median(run.map(({ cpu_ms }) => cpu_ms)).toFixed(0).padStart(6)
          } ms, most memory ${
            Math.max(...run.map(({ peak_mb }) => peak_mb)).toFixed(0)
          } MB (${
            Math.max(...run.map(({ base_mb }) => base_mb)).toFixed(0)
          } before it)`,
        );
      console.log(
        `${total.toLocaleString("en")} records, ${
          runs[0]!.flagged.toLocaleString("en")
        } findings`,
      );
      line("found for the first time", runs.slice(0, 1));
      line("found again", again);
      if (server && total === 1e6) await underLoad(kvPath, total);
      await Deno.remove(kvPath);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Job {
  took_ms: number;
  cpu_ms: number;
  base_mb: number;
  peak_mb: number;
  flagged: number;
}

/** The job as `deno task detect` runs it. */
async function job(kvPath: string, total: number): Promise<void> {
  using kv = await Deno.openKv(kvPath);
  const options = await jobOptions({
    kv,
    now: () => END,
    config: configOf(total),
  });
  const base_mb = memory("VmHWM");
  const before = cpuUsage();
  const started = performance.now();
  const { flagged, examined } = await runDetection(options);
  const took_ms = performance.now() - started;
  const { user, system } = cpuUsage(before);
  if (examined !== total) throw new Error(`Examined ${examined} of ${total}`);
  const run: Job = {
    took_ms,
    cpu_ms: (user + system) / 1_000,
    base_mb,
    peak_mb: memory("VmHWM"),
    flagged,
  };
  console.log(JSON.stringify(run));
}

/** A line of /proc/self/status, in MB. */
function memory(name: string): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
}

/** Requests a second of a guarded server, by turns with and without the job in the same process. */
async function underLoad(kvPath: string, total: number): Promise<void> {
  const process = spawn("serve", kvPath, total);
  const reader = process.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  const origin = `http://127.0.0.1:${(await reader.read()).value!.trim()}`;
  const ratios: number[] = [];
  const jobs: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const options = { connections: 16, seconds: 4 };
      const alone = await load(`${origin}/text`, options);
      let isOver = false;
      const repeat = (async () => {
        while (!isOver) {
          const answer = await fetch(`${origin}/detect`);
          jobs.push((await answer.json()).took_ms);
        }
      })();
      const together = await load(`${origin}/text`, options);
      isOver = true;
      await repeat;
      ratios.push(together.rps / alone.rps);
      console.log(
        `  ${alone.rps.toFixed(0)} requests/s (p99 ${
          alone.p99.toFixed(1)
        } ms), while the job runs ${together.rps.toFixed(0)} (p99 ${
          together.p99.toFixed(1)
        } ms)`,
      );
    }
  } finally {
    process.kill("SIGTERM");
    await reader.cancel();
    await process.status;
  }
  console.log(
    `  requests/s while the job runs: ${
      median(ratios).toFixed(2)
    } of those without it; the job then takes ${median(jobs).toFixed(0)} ms`,
  );
}

async function serve(kvPath: string, total: number): Promise<void> {
  const kv = await Deno.openKv(kvPath);
  // The load's own records lie in another hour than the one that is judged.
  const services = await openServices({ config: configOf(total), kv });
  const app = new App<State>()
    .get("/detect", async () => Response.json(await detect()))
    .use(middlewareOf(services.guard))
    .get("/text", () => new Response("Hello"));
  async function detect() {
    const { flagged, took_ms } = await services.detect({
      at: END,
      dryRun: true,
    });
    return { flagged, took_ms };
  }
  Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(port),
  }, app.handler());
  Deno.addSignalListener("SIGTERM", async () => {
    await services.close();
    kv.close();
    Deno.exit();
  });
}

async function fill(kvPath: string, total: number): Promise<void> {
  using kv = await Deno.openKv(kvPath);
  const packer = new BlockPacker();
  const open = new Set<OpenBlock>();
  const store = async (blocks: Iterable<OpenBlock>) => {
    let commit = kv.atomic();
    let count = 0;
    for (const block of blocks) {
      const { lastMs, writer, n } = block;
      commit.set(keys.requestLog(lastMs, writer, n), block.value(END * 2, END));
      if (++count % 12 === 0) {
        await commit.commit();
        commit = kv.atomic();
      }
    }
    await commit.commit();
  };
  let last: OpenBlock | undefined;
  for (const record of requests(total)) {
    const block = packer.add(record);
    open.add(block);
    if (block !== last && open.size > 40) {
      const done = [...open].filter((each) => each !== block);
      for (const each of done) {
        packer.close(each);
        open.delete(each);
      }
      await store(done);
    }
    last = block;
  }
  await store(open);
}

/** Nine requests in ten are the offenders', the others those of addresses that come a few times. */
function* requests(total: number): Generator<RequestRecord> {
  const theirs = (thresholdOf(total) + 1) * OFFENDERS;
  let made = 0;
  for (let n = 0; n < total; n++) {
    const isTheirs = n % 10 !== 9 && made < theirs;
    yield request(n, total, isTheirs ? offender(made++) : stranger(n));
  }
}

function offender(n: number): string {
  const host = n % OFFENDERS;
  return `198.18.${host >> 8}.${host & 255}`;
}

function stranger(n: number): string {
  const host = n % 40_000;
  return `10.9.${host >> 8}.${host & 255}`;
}

function request(
  n: number,
  total: number,
  ip_address: string,
): RequestRecord {
  return {
    timestamp: START + Math.floor(n / total * HOUR),
    ip_address,
    method: "GET",
    path: n % 200 === 0 ? "/login" : `/articles/${n * 7 % 3_000}/comments`,
    status: n % 50 === 0 ? 404 : 200,
    duration_ms: 3.5,
    country_code: "DE",
    city: null,
    user_agent:
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${
        n % 300
      }.0 Safari/537.36`,
    referrer: null,
    username: null,
    outcome: "allowed",
  };
}

function spawn(mode: string, kvPath: string, total: number) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      // As deno.json's `detect` has it: a large young generation only holds what is garbage.
      ...mode === "job" ? ["--v8-flags=--max-semi-space-size=4"] : [],
      new URL(import.meta.url).pathname,
      mode,
      kvPath,
      "--records",
      String(total),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function child(
  mode: string,
  kvPath: string,
  total: number,
): Promise<string> {
  const process = spawn(mode, kvPath, total);
  const { code, stdout } = await process.output();
  if (code !== 0) throw new Error(`Cannot ${mode}: status ${code}`);
  return new TextDecoder().decode(stdout);
}
