import { assert, assertEquals, assertRejects } from "@std/assert";
import { SlowBodyError, timelyBody } from "../../lib/http/timely_body.ts";

/** A body whose chunks are sent when requested by number; the last one ends it. */
function scripted() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (it) => void (controller = it),
  });
  return {
    body,
    send: (size: number) => controller.enqueue(new Uint8Array(size)),
    end: () => controller.close(),
  };
}

Deno.test("A body that brings nothing, or drips, fails once it has expired", async () => {
  for (const drip of [0, 1]) {
    const { body, send } = scripted();
    let told = 0;
    const timely = timelyBody(body, 100, () => told++);
    const timer = setInterval(() => drip && send(drip), 20);
    await assertRejects(
      () => new Response(timely).arrayBuffer(),
      SlowBodyError,
    );
    clearInterval(timer);
    assertEquals(told, 1);
  }
});

Deno.test("A body that comes at the least rate may take several times its deadline", async () => {
  const { body, send, end } = scripted();
  const timely = timelyBody(body, 100);
  let sent = 0;
  const timer = setInterval(() => {
    send(2_000);
    if (++sent < 15) return;
    clearInterval(timer);
    end();
  }, 20);
  assertEquals(
    (await new Response(timely).arrayBuffer()).byteLength,
    15 * 2_000,
  );
});

Deno.test("The time in which nobody reads is not the sender's", async () => {
  const { body, send, end } = scripted();
  const reader = timelyBody(body, 50).getReader();
  send(10);
  assert(!(await reader.read()).done);
  await new Promise((resolve) => setTimeout(resolve, 200));
  send(10);
  assert(!(await reader.read()).done);
  end();
  assert((await reader.read()).done);
});
