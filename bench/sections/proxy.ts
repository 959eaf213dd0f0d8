import { startServer } from "../../tests/_server.ts";
import { type Figure, figure } from "../figure.ts";
import { median, short } from "../numbers.ts";
import { newStore, processorMs } from "../process.ts";
import type { BenchOptions } from "../section.ts";

/** As real logs have them: many paths, agents and addresses, not one. */
const MIX = `local n = 0
function request()
  n = n + 1
  return wrk.format("GET", "/page/" .. ((n * 7919) % 5000) .. "?q=" .. (n % 100), {
    ["Host"] = "example.org",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0." .. (n % 40),
    ["Accept"] = "text/html,application/xhtml+xml",
    ["Accept-Language"] = "en",
    ["Accept-Encoding"] = "gzip, deflate, br",
    ["Referer"] = "https://example.org/page/" .. (n % 50),
    ["X-Forwarded-For"] = "203." .. (n % 20) .. "." .. (n % 250) .. ".7",
  })
end
`;

/** A proxy that is measured. */
interface Candidate extends AsyncDisposable {
  origin: string;
  pid: number;
}

/** Processor time a request of proxy mode, of a bare proxy, and of nginx and Caddy where they are. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const mix = `${options.folder}/mix.lua`;
  await Deno.writeTextFile(mix, MIX);
  if (!await isThere("nginx")) return [];
  await using app = await startNginx(options, "return 200 'Hello';");
  const upstream = app.origin;
  await using bare = await startBare(upstream);
  await using ours = await startOurs(upstream, newStore(options));
  await using nginx = await startNginx(
    options,
    `proxy_pass ${upstream}; proxy_http_version 1.1; proxy_set_header Connection "";`,
    true,
  );
  const rounds = options.quick ? 2 : 9;
  const costs: Record<"bare" | "ours" | "nginx", number[]> = {
    bare: [],
    ours: [],
    nginx: [],
  };
  for (let round = -1; round < rounds; round++) {
    for (const [name, it] of Object.entries({ bare, ours, nginx })) {
      const cost = await costOf(it, mix, options.quick ? 1 : 3);
      // Who was not asked yet is slow at first.
      if (round >= 0) costs[name as keyof typeof costs].push(cost);
    }
  }
  const ratios = costs.ours.map((cost, i) => cost / costs.bare[i]!);
  const note = `${short(median(costs.ours))} : ${short(median(costs.bare))} µs`;
  return [
    figure("proxy mode, processor time a request", "µs", costs.ours, {
      goal: ["≤", 85],
    }),
    figure("proxy mode ÷ a bare proxy of node:http", "×", ratios, {
      goal: ["≤", 1.2],
      note,
    }),
    figure("a bare proxy of node:http", "µs", costs.bare),
    figure("nginx as the proxy, with a log", "µs", costs.nginx),
  ];
}

/** Microseconds of processor time a request, of all threads of a process. */
async function costOf(
  { origin, pid }: Candidate,
  script: string,
  seconds: number,
): Promise<number> {
  const before = processorMs(pid);
  const { stdout } = await new Deno.Command("wrk", {
    args: ["-t1", "-c16", `-d${seconds}s`, "-s", script, origin],
  }).output();
  const used = processorMs(pid) - before;
  const text = new TextDecoder().decode(stdout);
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  if (!(requests > 0) || text.includes("Non-2xx")) {
    throw new Error(`Cannot read what wrk printed: ${text}`);
  }
  return 1_000 * used / requests;
}

async function startOurs(upstream: string, kvPath: string): Promise<Candidate> {
  const server = await startServer({
    task: "proxy",
    command: ["tasks/proxy.ts", "--upstream", upstream],
    kvPath,
    env: { GEO_PROVIDER: "off", TRUSTED_PROXIES: "127.0.0.1" },
  });
  return server;
}

async function startBare(upstream: string): Promise<Candidate> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--v8-flags=--max-semi-space-size=16"],
      new URL("../bare_proxy.ts", import.meta.url).pathname,
      new URL(upstream).port,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return {
    origin: `http://127.0.0.1:${JSON.parse(value).port}`,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}

async function startNginx(
  options: BenchOptions,
  location: string,
  logs = false,
): Promise<Candidate> {
  const folder = await Deno.makeTempDir({ dir: options.folder });
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `pid ${folder}/pid; daemon off; master_process off; error_log ${folder}/errors;
events { worker_connections 512; }
http {
  access_log ${logs ? `${folder}/access` : "off"};
  keepalive_requests 100000000;
  server { listen 127.0.0.1:${port}; location / { ${location} } }
}
`,
  );
  const child = new Deno.Command("nginx", {
    args: [
      "-p",
      folder,
      "-e",
      `${folder}/errors`,
      "-c",
      `${folder}/nginx.conf`,
    ],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function isThere(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
  }).output();
  return success;
}
