import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { checkIp } from "../../lib/lists/access_read.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { waitFor } from "../_wait.ts";

const WORKER = new URL("./_policy_worker.ts", import.meta.url).pathname;
const RUNS = 10;
const RULES = [
  ...Array.from({ length: RUNS }, (_, run) => ({
    name: `exact-${run}`,
    limit: "100/h",
    exact: true,
    when: { path: `/exact/${run}` },
  })),
  { name: "soft", limit: "100/h", when: { path: "/soft" } },
  { name: "steady", limit: "300/h", when: { path: "/steady" } },
  { name: "scans", block: "1h", after: "40 in 10m", when: { path: "/scan" } },
];

/** Four processes on one file, each of which sends requests on command. */
class Processes implements AsyncDisposable {
  readonly #workers: {
    child: Deno.ChildProcess;
    writer: WritableStreamDefaultWriter<Uint8Array>;
    line: () => Promise<string>;
  }[];

  private constructor(path: string) {
    this.#workers = Array.from({ length: 4 }, () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--unstable-kv", "--no-check"],
          ...[WORKER, path, JSON.stringify(RULES)],
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      return {
        child,
        writer: child.stdin.getWriter(),
        line: lines(child.stdout),
      };
    });
  }

  static async start(path: string): Promise<Processes> {
    const processes = new Processes(path);
    for (const { line } of processes.#workers) {
      assertEquals(await line(), "ready");
    }
    return processes;
  }

  /** The number of passes per process for `count` requests each, all concurrently. */
  async send(path: string, count: number): Promise<number[]> {
    const line = new TextEncoder().encode(`${path} ${count}\n`);
    await Promise.all(this.#workers.map(({ writer }) => writer.write(line)));
    return await Promise.all(
      this.#workers.map(async ({ line }) => Number(await line())),
    );
  }

  async [Symbol.asyncDispose]() {
    await Promise.all(this.#workers.map(async ({ child, writer, line }) => {
      await writer.close();
      assertEquals(await line(), "");
      await child.status;
    }));
  }
}

Deno.test("four processes: limits, exact and reconciled, and one block", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    await using processes = await Processes.start(`${folder}/kv.db`);
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b);

    await t.step(
      "an exact limit: of 1,000 at once exactly 100 pass, ten times out of ten",
      async () => {
        for (let run = 0; run < RUNS; run++) {
          const path = `/exact/${run}`;
          assertEquals(sum(await processes.send(path, 250)), 100, path);
          assertEquals(sum(await processes.send(path, 5)), 0, path);
        }
      },
    );

    await t.step(
      "a reconciled one: at most one second's excess a process",
      async () => {
        // They have not exchanged counts yet: each lets its own 60 pass.
        const first = sum(await processes.send("/soft", 60));
        assert(first >= 100 && first <= 240, `${first} passed`);
        // None has received 100 requests itself: the others' requests are counted, too.
        for (let n = 0; n < 30; n++) {
          if (sum(await processes.send("/soft", 1)) === 0) break;
          await delay(500);
        }
        assertEquals(sum(await processes.send("/soft", 10)), 0);
      },
    );

    await t.step(
      "under steady traffic, too: beyond the limit passes what comes before others have heard",
      async () => {
        const LIMIT = 300;
        const EACH = 15;
        const sent: number[] = [];
        let passed = 0;
        for (let round = 0; round < 25; round++) {
          sent.push(performance.now());
          passed += sum(await processes.send("/steady", EACH));
          await delay(200);
        }
        // A second between two exchanges, and half a second for the way there and back.
        const within = Math.max(
          ...sent.map((at) =>
            EACH * sent.filter((each) => each >= at && each < at + 1_500).length
          ),
        );
        assert(passed >= LIMIT, `${passed} passed`);
        assert(
          passed <= LIMIT + 4 * within,
          `${passed} passed, ${within} each`,
        );
        // Alone, each would have let its own 300 pass.
        assert(LIMIT + 4 * within < 4 * LIMIT, `${within} each`);
      },
    );

    await t.step(
      "a block rule counts over all of them and blocks once",
      async () => {
        using kv = await Deno.openKv(`${folder}/kv.db`);
        assertEquals(sum(await processes.send("/scan", 9)), 36);
        await delay(2_000);
        const ip = "203.0.113.5";
        assertEquals((await checkIp(kv, Date.now, ip)).status, "none");
        await processes.send("/scan", 1);
        await waitFor(
          "the block",
          async () => (await checkIp(kv, Date.now, ip)).status === "blocked",
        );
        await waitFor(
          "the block in all four",
          async () => sum(await processes.send("/other", 1)) === 0,
        );
        // A process that also counted would have blocked a second time by then.
        await delay(1_000);
        const { items } = await listAudit(kv, { limit: 50, now: Date.now() });
        assertEquals(items.filter(({ who }) => who === "auto:scans").length, 1);
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Reads a stream line by line; "" at its end. */
function lines(stream: ReadableStream<Uint8Array>): () => Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  return async function nextLine() {
    while (!buffer.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) return buffer;
      buffer += decoder.decode(value, { stream: true });
    }
    const end = buffer.indexOf("\n");
    const line = buffer.slice(0, end);
    buffer = buffer.slice(end + 1);
    return line;
  };
}
