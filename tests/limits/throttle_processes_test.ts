import { assertEquals } from "@std/assert";

const WORKER = new URL("./_throttle_worker.ts", import.meta.url).pathname;

Deno.test("of 4 processes' attempts at once exactly the limit passes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [round, limit] of [5, 5, 17, 150].entries()) {
      const passed = await race(`${folder}/kv.db`, `round ${round}`, limit);
      const sum = passed.reduce((a, b) => a + b);
      assertEquals(sum, limit, `round ${round}: ${passed}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function race(path: string, subject: string, limit: number) {
  const attempts = "100";
  const workers = Array.from(
    { length: 4 },
    () =>
      new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--unstable-kv", "--no-check"],
          ...[WORKER, path, subject, attempts, String(limit)],
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
  );
  const outputs = workers.map((worker) => lines(worker.stdout));
  for (const output of outputs) assertEquals(await output(), "ready");
  await Promise.all(workers.map(async ({ stdin }) => {
    const writer = stdin.getWriter();
    await writer.write(new Uint8Array(1));
    await writer.close();
  }));
  const passed = await Promise.all(
    outputs.map(async (output) => Number(await output())),
  );
  for (const output of outputs) assertEquals(await output(), "");
  await Promise.all(workers.map((worker) => worker.status));
  return passed;
}

/** Reads a stream line by line; "" at its end. */
function lines(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  return async function nextLine(): Promise<string> {
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
