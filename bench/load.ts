import { child } from "./process.ts";

/** The results of a round of load. */
export interface Load {
  /** Responses per second. */
  rps: number;
  /** Latencies in milliseconds. */
  p50: number;
  p99: number;
}

/** Options of a round of load. */
export interface LoadOptions {
  /** @default {16} */
  connections?: number;
  seconds: number;
  headers?: Record<string, string>;
  /** The expected status of every response. @default {200} */
  status?: number;
}

/** Ends with status 1 and one line if wrk is not installed. */
export async function requireWrk(): Promise<void> {
  try {
    await new Deno.Command("wrk", { stdout: "null", stderr: "null" }).output();
  } catch {
    console.error(
      "Cannot find wrk, which makes the load: expected it on PATH (apt install wrk)",
    );
    Deno.exit(1);
  }
}

/** Requests `url` as fast as it responds, over keep-alive connections, for some time. */
export async function load(url: string, options: LoadOptions): Promise<Load> {
  const { status, body } = await probe(url, options);
  if (status !== (options.status ?? 200)) {
    throw new Error(
      `Cannot measure ${url}: it answers ${status}: ${body.slice(0, 200)}`,
    );
  }
  return await wrk(url, options);
}

/** Requests `url` at a constant rate per second, independent of the server. */
export function loadAt(
  rate: number,
  url: string,
  { connections = 64, seconds }: Pick<LoadOptions, "connections" | "seconds">,
): Promise<Load & { max: number }> {
  const { origin, pathname } = new URL(url);
  return child("open_loop.ts", [
    origin,
    pathname,
    String(Math.round(rate)),
    String(connections),
    String(seconds),
  ]);
}

async function probe(url: string, { headers }: LoadOptions) {
  const response = await fetch(url, { headers });
  return { status: response.status, body: await response.text() };
}

async function wrk(
  url: string,
  { connections = 16, seconds, headers = {} }: LoadOptions,
) {
  const fields = Object.entries(headers).flatMap((
    [name, value],
  ) => ["-H", `${name}: ${value}`]);
  const args = [
    "-t1",
    `-c${connections}`,
    // Accepts whole seconds only; stopped earlier, it prints its results so far.
    `-d${Math.ceil(seconds) + 1}s`,
    "--latency",
    ...fields,
    url,
  ];
  const process = new Deno.Command("wrk", { args, stdout: "piped" }).spawn();
  const timer = setTimeout(() => process.kill("SIGINT"), seconds * 1_000);
  const { stdout } = await process.output();
  clearTimeout(timer);
  const text = new TextDecoder().decode(stdout);
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1]);
  const time = (percent: number) => {
    const [, value, unit] =
      new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? [];
    return Number(value) * { us: 0.001, ms: 1, s: 1_000 }[unit ?? "ms"]!;
  };
  const result = {
    rps: number(/Requests\/sec:\s+([\d.]+)/),
    p50: time(50),
    p99: time(99),
  };
  if (!(result.rps > 0)) {
    throw new Error(`Cannot read what wrk printed: ${text}`);
  }
  return result;
}
