/**
 * Sends generated requests through the proxy to three different servers, and compares what each
 * received with what was sent: `deno task fuzz-proxy 20000`.
 *
 * @module
 */
import { startProxy, Wire } from "../acceptance/_proxy.ts";
import { Chance } from "./random.ts";
import { doubtfulRequest, goodRequest, type Sent } from "./proxy_requests.ts";

/** The request as seen by a server; for nginx only the line and the fields that it logs. */
interface Seen {
  method: string;
  target: string;
  fields: string[] | null;
  length: string | null;
  body: string | null;
}

/** A server that reports what it received. */
interface Observer extends AsyncDisposable {
  url: string;
  /** All requests received so far. */
  seen(): Promise<Seen[]>;
}

const PROGRAMS: Record<string, [program: string, file: string]> = {
  node: ["node", "_seen.mjs"],
  python: ["python3", "_seen.py"],
};

/** The kinds of servers behind the proxy. */
export const MAKES = ["node", "python", "nginx"] as const;

async function observe(make: string): Promise<Observer> {
  if (make === "nginx") return await observeNginx();
  const [program, file] = PROGRAMS[make]!;
  const child = new Deno.Command(program, {
    args: [new URL(file, import.meta.url).pathname],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  let wake = () => {};
  const reading = child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(chunk) {
        text += chunk;
        wake();
      },
    }),
  );
  while (!text.includes("\n")) {
    await new Promise<void>((resolve) => wake = resolve);
  }
  return {
    url: `http://127.0.0.1:${text.split("\n")[0]}`,
    async seen() {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return text.split("\n").slice(1, -1).flatMap((line) => {
        const seen = JSON.parse(line);
        // A body that the proxy aborted ends early, on a connection that ends with it.
        if (ENDED.has(seen.broken)) return [];
        if (seen.broken === undefined) return { ...seen, length: null };
        const [method, target] = ["broken", line];
        return { method, target, fields: [], length: null, body: "" };
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([child.status, reading.catch(() => {})]);
    },
  };
}

async function observeNginx(): Promise<Observer> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_nginx_" });
  using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `pid ${folder}/pid; daemon off; worker_processes 1; error_log ${folder}/errors;
events { worker_connections 512; }
http {
  log_format seen escape=json '{"line":"$request","length":"$http_content_length","status":"$status"}';
  access_log ${folder}/seen seen;
  client_body_temp_path ${folder}/body; large_client_header_buffers 8 64k;
  server {
    listen 127.0.0.1:${port};
    location / { return 200 ok; }
  }
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
    url: `http://127.0.0.1:${port}`,
    async seen() {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const text = await Deno.readTextFile(`${folder}/seen`);
      return text.split("\n").filter(Boolean).map((line) => {
        const { line: first, length, status } = JSON.parse(line);
        const [method = "", target = ""] = first.split(" ");
        // If it refuses the line or a repeated field, it has not parsed the rest.
        const stated = status === "200" ? length : null;
        return { method, target, fields: null, length: stated, body: null };
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const ENDED = new Set(["HPE_INVALID_EOF_STATE", "ECONNRESET"]);

/** The result of a run. */
export interface Differences {
  sent: number;
  seen: number;
  /** In words; empty if each server received what was sent, or nothing. */
  faults: string[];
}

/** Sends `count` requests, several per connection, through the proxy to one kind of server. */
export async function differences(
  make: (typeof MAKES)[number],
  count: number,
  seed: number,
): Promise<Differences> {
  await using observer = await observe(make);
  await using proxy = await startProxy(observer.url);
  const chance = new Chance(seed);
  const all = new Map<string, Sent>();
  const faults: string[] = [];
  let next = 0;

  async function connection(): Promise<void> {
    const requests: Sent[] = [];
    for (let n = 1 + chance.int(4); n > 0; n--) {
      const id = `r${next++}x`;
      const request = chance.oneIn(3)
        ? doubtfulRequest(chance, id)
        : goodRequest(chance, id);
      // After one of them the start of the next one is unknown: it must not be part of another.
      if (requests.some(({ isLast }) => isLast)) request.isGood = false;
      requests.push(request);
      all.set(id, request);
    }
    const wanted = requests.filter(({ isGood }) => isGood).length;
    const isWhole = requests.every(({ isGood }) => isGood);
    using wire = await Wire.open(proxy.origin);
    const answers = () => wire.text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
    await wire.send(requests.map(({ text }) => text).join(""));
    await wire.until(() => answers() >= wanted, 10_000);
    if (!isWhole) await wire.until(() => wire.closed, 50);
    if (answers() < wanted) {
      faults.push(`${answers()} answers to ${JSON.stringify(requests)}`);
    }
  }

  await Promise.all(Array.from({ length: 8 }, async () => {
    while (next < count && faults.length < 20) await connection();
  }));
  const seen = await observer.seen();
  const times = new Map<string, number>();
  for (const one of seen) {
    const id = /\br\d+x/.exec(one.target)?.[0];
    const sent = id === undefined ? undefined : all.get(id);
    const fault = sent === undefined ? "was never sent" : differs(sent, one);
    if (fault) {
      faults.push(
        `${make} saw ${JSON.stringify(one)}, which ${fault}: ${
          JSON.stringify(sent?.text.slice(0, 600))
        }`,
      );
    }
    if (id === undefined || one.target.startsWith("/smuggled")) continue;
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  for (const [id, sent] of all) {
    const count = times.get(id) ?? 0;
    if (count > 1 || count === 0 && sent.isGood) {
      faults.push(`${make} saw ${count} times ${JSON.stringify(sent.text)}`);
    }
  }
  return { sent: all.size, seen: seen.length, faults };
}

/** The difference between what a server received and what was sent; null if equal. */
function differs(sent: Sent, seen: Seen): string | null {
  // Randomly corrupted, it may be another one, or two; it may not be part of another client's
  // request.
  if (!sent.isGood) return null;
  if (seen.target.startsWith("/smuggled")) return "was in a body";
  if (seen.method !== sent.method) return "has another method";
  if (seen.target !== sent.target) return "has another target";
  if (seen.fields === null || seen.body === null) {
    if (seen.length === null) return null;
    const length = sent.fields.find(([name]) => name === "content-length")?.[1];
    return (seen.length ?? "") === (length ?? "") ? null : "has another length";
  }
  if (seen.body !== sent.body) return "has another body";
  const names = new Set(sent.fields.map(([name]) => name));
  for (const name of names) {
    const was = sent.fields.filter((field) => field[0] === name)
      .map(([, value]) => value);
    const is = seen.fields.filter((_, i) =>
      i % 2 === 1 && seen.fields![i - 1]!.toLowerCase() === name
    ).map((value) => value.trim());
    if (JSON.stringify(was) !== JSON.stringify(is)) {
      return `has ${name} ${JSON.stringify(is)} for ${JSON.stringify(was)}`;
    }
  }
  const text = seen.fields.join("\n");
  if (/6\.6\.6\.6|timeout=9|http:\/\/evil|X-Drop|h2c/.test(text)) {
    return "has fields of another's";
  }
  return null;
}

if (import.meta.main) {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(
      "Usage: deno task fuzz-proxy [requests] [seed]\n\n" +
        "Sends generated requests through the proxy to servers of Node, Python and nginx; ends with\n" +
        "status 1 where one saw anything but what was sent.",
    );
    Deno.exit(0);
  }
  const [count = "20000", seed = "1"] = Deno.args;
  let failed = false;
  for (const make of MAKES) {
    const started = performance.now();
    const { sent, seen, faults } = await differences(
      make,
      Number(count),
      Number(seed),
    );
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(`${make}: ${sent} sent, ${seen} seen, ${seconds} s`);
    for (const fault of faults.slice(0, 10)) console.log(`  ${fault}`);
    failed ||= faults.length > 0;
  }
  if (failed) Deno.exit(1);
}
