import { startServer } from "../../tests/_server.ts";
import { type Figure, figure } from "../figure.ts";
import { type Asked, costsInMix } from "../mix.ts";
import { median, short } from "../numbers.ts";
import { newStore } from "../process.ts";
import type { BenchOptions } from "../section.ts";

/** A measured proxy. */
type Candidate = Asked & AsyncDisposable;

/**
 * Processor time per request of proxy mode, of a bare proxy, and of nginx and Caddy if installed.
 */
export async function measure(options: BenchOptions): Promise<Figure[]> {
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
  await using caddy = await isThere("caddy")
    ? await startCaddy(options, upstream)
    : null;
  const asked: Record<string, Asked> = { bare, ours, nginx };
  if (caddy !== null) asked.caddy = caddy;
  const costs = await costsInMix(options, asked);
  const { bare: plain = [], ours: own = [], nginx: c = [] } = costs;
  const ratios = own.map((cost, i) => cost / plain[i]!);
  const note = `${short(median(own))} : ${short(median(plain))} µs`;
  return [
    figure("proxy mode, processor time a request", "µs", own, {
      goal: ["≤", 85],
    }),
    figure("proxy mode ÷ a bare proxy of node:http", "×", ratios, {
      goal: ["≤", 1.2],
      note,
    }),
    figure("a bare proxy of node:http", "µs", plain),
    figure("nginx as the proxy, with a log", "µs", c),
    ...costs.caddy
      ? [figure("Caddy as the proxy, with a log", "µs", costs.caddy)]
      : [],
  ];
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
      import.meta.resolve("../bare_proxy.ts"),
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

async function startCaddy(
  { folder }: BenchOptions,
  upstream: string,
): Promise<Candidate> {
  const port = freePort();
  const file = `${folder}/Caddyfile`;
  await Deno.writeTextFile(
    file,
    `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  log {
    output file ${folder}/caddy.log
  }
  reverse_proxy ${upstream.replace("http://", "")}
}
`,
  );
  const child = new Deno.Command("caddy", {
    args: ["run", "--adapter", "caddyfile", "--config", file],
    env: { HOME: folder },
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  await untilListening(port);
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Cannot start a proxy: nothing listens on port ${port}`);
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
