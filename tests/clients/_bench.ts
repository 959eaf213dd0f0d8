/**
 * Real clients with real apps: a client must get the same results through the proxy as without it.
 * Programs come from Debian, PyPI and npm; a test without its programs is skipped and says so in
 * one line.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { runTask } from "../_server.ts";
import { startProxy } from "../acceptance/_proxy.ts";

/** A running web app. */
export interface App extends AsyncDisposable {
  url: string;
}

/** The result of a program. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** The path of a program: on the path, in what `CLIENTS_BIN` names, in sbin; null if missing. */
export function find(program: string): string | null {
  const folders = [
    ...(Deno.env.get("CLIENTS_BIN") ?? "").split(":"),
    ...(Deno.env.get("PATH") ?? "").split(":"),
    "/usr/sbin",
    "/usr/lib/git-core",
    "/usr/share/dokuwiki",
  ].filter((folder) => folder !== "");
  for (const folder of folders) {
    try {
      if (Deno.statSync(`${folder}/${program}`).isFile) {
        return `${folder}/${program}`;
      }
    } catch {
      // Not there.
    }
  }
  return null;
}

/** Runs a program to its end, or for a minute. */
export async function run(
  program: string,
  args: string[],
  options: {
    cwd?: string;
    env?: Record<string, string>;
    stdin?: string | Uint8Array;
  } = {},
): Promise<Outcome> {
  const child = new Deno.Command(find(program) ?? program, {
    args,
    cwd: options.cwd,
    env: { LC_ALL: "C", ...options.env },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const output = child.output();
  if (options.stdin !== undefined) {
    const bytes = typeof options.stdin === "string"
      ? new TextEncoder().encode(options.stdin)
      : options.stdin;
    const writer = child.stdin.getWriter();
    await writer.write(bytes).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await output;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Every file below a folder, with its SHA-256. */
export async function treeOf(folder: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  async function walk(path: string): Promise<void> {
    for await (const entry of Deno.readDir(`${folder}/${path}`)) {
      const name = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory) {
        tree[`${name}/`] = "";
        await walk(name);
      } else {
        const bytes = await Deno.readFile(`${folder}/${name}`);
        const digest = await crypto.subtle.digest("SHA-256", bytes);
        tree[name] = new Uint8Array(digest).toHex();
      }
    }
  }
  await walk("");
  return Object.fromEntries(Object.entries(tree).sort());
}

/** A free port. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts a server program, and waits until it listens. */
export async function startApp(
  program: string,
  args: string[],
  port: number,
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<App> {
  const child = new Deno.Command(find(program) ?? program, {
    args,
    cwd: options.cwd,
    env: { LC_ALL: "C", ...options.env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listening(port);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has already exited.
      }
      const timer = setTimeout(() => {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has exited.
        }
      }, 2_000);
      await child.status;
      clearTimeout(timer);
    },
  };
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`Nobody listens on ${port}`);
}

/** A folder for one test, removed at its end. */
export async function workFolder(): Promise<
  { path: string } & AsyncDisposable
> {
  const path = await Deno.makeTempDir({ prefix: "portcullis_clients_" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/**
 * Registers a test: `start` starts the app in an empty folder, `client` runs the client and returns
 * the result. Runs once without the proxy and once with it, and both results have to be equal.
 */
export function compareClient<T>(
  name: string,
  { needs, start, client, env = {} }: {
    needs: readonly string[];
    start: (folder: string) => Promise<App>;
    client: (url: string, folder: string) => Promise<T>;
    /** Variables of the proxy. */
    env?: Record<string, string>;
  },
): void {
  const missing = needs.filter((program) => find(program) === null);
  if (missing.length > 0) {
    console.log(`skipped: ${name} (not installed: ${missing.join(", ")})`);
  }
  Deno.test({
    name:
      `client: ${name}: through the proxy as without it, and nobody is flagged`,
    ignore: missing.length > 0,
    async fn() {
      await using direct = await workFolder();
      const expected = await (async () => {
        await using app = await start(direct.path);
        return await client(app.url, direct.path);
      })();
      await using proxied = await workFolder();
      await using app = await start(proxied.path);
      await using proxy = await startProxy(app.url, env);
      const found = await client(proxy.origin, proxied.path);
      assertEquals(found, expected);
      await proxy.stop();
      const { code, stdout, stderr } = await runTask("detect", ["--json"], {
        env: { KV_PATH: proxy.kvPath, GEO_PROVIDER: "off", ...env },
      });
      assertEquals([code, stderr], [0, ""]);
      const { examined, findings = [] } = JSON.parse(stdout);
      assert(examined > 0, stdout);
      const serious = findings.filter(({ severity }: { severity: string }) =>
        severity !== "info"
      );
      assertEquals(serious, [], "somebody was flagged");
    },
  });
}

/** A text without addresses, ports, times and folders. */
export function plain(text: string, url: string, folder: string): string {
  return text
    .replaceAll(url, "URL")
    .replaceAll(url.replace("http://", ""), "HOST")
    .replaceAll(folder, "FOLDER")
    .replace(/\d+(\.\d+)? ?(m?s|[KM]i?B\/s|bytes\/s)\b/g, "N")
    .replace(/\d\d:\d\d:\d\d/g, "TIME");
}
