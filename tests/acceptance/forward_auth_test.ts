/** Real nginx and real Caddy, which call `/api/decide` before they forward a request. */
import { assert, assertEquals } from "@std/assert";
import { SOLUTION_FIELD } from "../../lib/policy/challenge.ts";
import { SOLVER } from "../../lib/policy/challenge_script.ts";
import { startServer } from "../_server.ts";
import { waitFor } from "../_wait.ts";

const RULES = {
  rules: [
    { name: "php", refuse: true, when: { path: "*.php" } },
    { name: "posts", limit: "1/h", when: { method: "POST" } },
    { name: "asked", challenge: true, when: { path: "/asked*" } },
  ],
};

const solve = new Function(`${SOLVER}; return solve;`)() as (
  puzzle: unknown,
  step: () => void,
) => Promise<string>;

async function isInstalled(program: string, flag: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: [flag],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** The configuration for a proxy from docs/policy.md, with other ports. */
async function documented(
  proxy: "nginx" | "caddy",
  ports: { gate: string; app: string; own: number },
): Promise<string> {
  const doc = await Deno.readTextFile(
    new URL("../../docs/policy.md", import.meta.url),
  );
  const language = proxy === "caddy" ? "caddyfile" : proxy;
  const text = doc.split("```" + language + "\n")[1]!.split("```")[0]!;
  return text.replaceAll("127.0.0.1:8000", ports.gate)
    .replaceAll("127.0.0.1:3000", ports.app)
    .replace("listen 80;", `listen 127.0.0.1:${ports.own};`)
    .replace("example.org {", `http://127.0.0.1:${ports.own} {`);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const STARTS = {
  nginx: (file: string, folder: string) => ({
    args: ["-p", folder, "-c", file, "-g", "daemon off;", "-e", "stderr"],
    text: (server: string) =>
      `pid ${folder}/nginx.pid; events {} http { access_log off;
       client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p;
       fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u;
       scgi_temp_path ${folder}/s; ${server} }`,
  }),
  caddy: (file: string) => ({
    args: ["run", "--adapter", "caddyfile", "--config", file],
    text: (server: string) => `{\n admin off\n auto_https off\n}\n${server}`,
  }),
};

for (const proxy of ["nginx", "caddy"] as const) {
  const flag = proxy === "nginx" ? "-v" : "version";
  const installed = await isInstalled(proxy, flag);
  if (!installed) console.log(`${proxy} is not installed: not tried`);
  Deno.test({
    name: `${proxy} asks /api/decide and does what it says`,
    ignore: !installed,
    fn: () => tryProxy(proxy),
  });
}

async function tryProxy(proxy: "nginx" | "caddy"): Promise<void> {
  const folder = await Deno.makeTempDir();
  const policy = `${folder}/policy.jsonc`;
  await Deno.writeTextFile(policy, JSON.stringify(RULES));
  const seen: string[] = [];
  const app = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      seen.push(await request.text());
      return new Response("app");
    },
  );
  try {
    await using gate = await startServer({
      env: {
        POLICY_FILE: policy,
        TRUSTED_PROXIES: "127.0.0.1",
        GEO_PROVIDER: "off",
      },
    });
    const own = freePort();
    const file = `${folder}/${proxy}.conf`;
    const start = STARTS[proxy](file, folder);
    await Deno.writeTextFile(
      file,
      start.text(
        await documented(proxy, {
          gate: new URL(gate.origin).host,
          app: `127.0.0.1:${app.addr.port}`,
          own,
        }),
      ),
    );
    const child = new Deno.Command(proxy, {
      args: start.args,
      env: { HOME: folder, XDG_DATA_HOME: folder },
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await check(`http://127.0.0.1:${own}`, seen);
    } finally {
      child.kill("SIGTERM");
      await child.status;
    }
  } finally {
    await app.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

async function check(origin: string, seen: string[]): Promise<void> {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(origin + path, { redirect: "manual", ...init });
  await waitFor("the server", async () => {
    const answer = await ask("/up").catch(() => null);
    await answer?.body?.cancel();
    return answer?.status === 200;
  });
  const status = async (path: string, init?: RequestInit) => {
    const answer = await ask(path, init);
    await answer.body?.cancel();
    return answer.status;
  };
  assertEquals(await status("/page?x=1"), 200);
  assertEquals(await status("/x.php"), 403);
  assertEquals(await status("/form", { method: "POST", body: "a=1" }), 200);
  assertEquals(seen.at(-1), "a=1");
  const limited = await ask("/form", { method: "POST", body: "a=2" });
  assertEquals(limited.status, 429);
  assertEquals(limited.headers.get("retry-after"), "3600");
  await limited.body?.cancel();

  const headers = { accept: "text/html", "user-agent": "Mozilla/5.0" };
  const asked = await ask("/asked?q=1", { headers });
  await asked.body?.cancel();
  assert(asked.status === 302 || asked.status === 303, `${asked.status}`);
  const place = asked.headers.get("location")!;
  const page = await (await ask(place, { headers })).text();
  const puzzle = JSON.parse(/id="p"[^>]*>([^<]+)</.exec(page)![1]!);
  assertEquals(puzzle.next, "/asked?q=1");
  const solution = await solve(puzzle, () => {});
  const solved = await ask(place, {
    headers: { ...headers, [SOLUTION_FIELD]: solution },
  });
  await solved.body?.cancel();
  assertEquals(solved.status, 204);
  const cookie = solved.headers.get("set-cookie")!.split(";", 1)[0]!;
  assertEquals(
    await status(puzzle.next, { headers: { ...headers, cookie } }),
    200,
  );
  assertEquals(await status(puzzle.next, { headers }), asked.status);
}
