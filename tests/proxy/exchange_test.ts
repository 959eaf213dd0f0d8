import type { ClientRequest, IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { assert, assertEquals } from "@std/assert";
import type { Visitor } from "../../lib/guard/visitor.ts";
import { Exchange } from "../../lib/proxy/exchange.ts";
import type { Upstream, UpstreamRequest } from "../../lib/proxy/upstream.ts";
import { judge } from "../../lib/http/target.ts";

const CONNECT_MS = 1_000;
const HEAD_MS = 60_000;
const DEADLINE_MS = 10_000;
const RATE = 500;

/** A request to an app, which accepts data only while it reads. */
class Outgoing extends PassThrough {
  socket: { connecting: boolean } | undefined;
  reusedSocket = false;

  constructor() {
    super({ highWaterMark: 16 * 1_024 });
    // An exchange destroys it; errors of pending writes are then ignored.
    this.on("error", () => {});
  }
}

/** An exchange of one request, with an app controlled by the test. */
function exchangeOf(
  { method = "GET", length = 0 }: { method?: string; length?: number } = {},
) {
  const rawHeaders = ["Host", "h"];
  if (length > 0) rawHeaders.push("Content-Length", String(length));
  const body = new PassThrough();
  const incoming = Object.assign(body, {
    ...{ method, rawHeaders, complete: length === 0 },
  });
  const sent: UpstreamRequest[] = [];
  const outgoing: Outgoing[] = [];
  const told: string[] = [];
  const started = performance.now();
  const exchange = new Exchange(
    {
      upstream: {
        open(request: UpstreamRequest) {
          sent.push(request);
          const made = new Outgoing();
          outgoing.push(made);
          return made as unknown as ClientRequest;
        },
      } as unknown as Upstream,
      ...{ connectMs: CONNECT_MS, headMs: HEAD_MS, deadlineMs: DEADLINE_MS },
      fieldsFor: (raw) => [...raw],
      onError: (message) => told.push(message),
      onAnswer() {},
    },
    incoming as unknown as IncomingMessage,
    started,
  );
  const judged = judge({
    ...{ method, target: "/x", httpVersion: "1.1", rawHeaders },
  });
  assertEquals(judged.fault, null);
  const answer = exchange.run(judged, "/x", { ip: "192.0.2.1" } as Visitor);
  return { exchange, incoming, outgoing, sent, told, answer, started };
}

/** Lets the sent data arrive. */
function arrival(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The response so far: a status, or null. */
async function statusNow(
  answer: Promise<{ status: number }>,
): Promise<number | null> {
  let status: number | null = null;
  answer.then((answered) => status = answered.status);
  await arrival();
  return status;
}

Deno.test("Exchange: an app to which no connection comes about is 504 after a while, and not before", async () => {
  const { exchange, outgoing, answer, started, told } = exchangeOf();
  outgoing[0]!.socket = { connecting: true };
  exchange.look(started + CONNECT_MS - 100);
  assertEquals(await statusNow(answer), null);
  exchange.look(started + CONNECT_MS + 100);
  assertEquals(await statusNow(answer), 504);
  assertEquals(told.length, 1);
  assert(outgoing[0]!.destroyed);
});

Deno.test("Exchange: an app that says nothing is 504 after a while, and not before", async () => {
  const { exchange, outgoing, answer, started } = exchangeOf();
  outgoing[0]!.socket = { connecting: false };
  exchange.look(started + HEAD_MS - 100);
  assertEquals(await statusNow(answer), null);
  exchange.look(started + HEAD_MS + 100);
  assertEquals(await statusNow(answer), 504);
  assert(outgoing[0]!.destroyed);
});

Deno.test("Exchange: a body that stands still, or drips, is 408; one that comes at the least rate is not", async () => {
  for (const [bytes, status] of [[0, 408], [100, 408], [RATE * 10, null]]) {
    const { exchange, incoming, outgoing, answer, started } = exchangeOf({
      ...{ method: "PUT", length: 1_000_000 },
    });
    outgoing[0]!.socket = { connecting: false };
    outgoing[0]!.resume();
    incoming.write(new Uint8Array(bytes!));
    await arrival();
    exchange.look(started + DEADLINE_MS + 100);
    assertEquals(await statusNow(answer), status, `${bytes} bytes`);
    exchange.destroy();
  }
});

Deno.test("Exchange: an app that takes no more of a body is not the client's fault, until it has answered", async () => {
  const { exchange, incoming, outgoing, answer, started } = exchangeOf({
    ...{ method: "PUT", length: 1_000_000 },
  });
  outgoing[0]!.socket = { connecting: false };
  incoming.write(new Uint8Array(100_000));
  await arrival();
  assert(incoming.isPaused());
  exchange.look(started + DEADLINE_MS + 100);
  assertEquals(await statusNow(answer), null);
  exchange.look(started + HEAD_MS + 100);
  assertEquals(await statusNow(answer), 504);

  const other = exchangeOf({ method: "PUT", length: 1_000_000 });
  other.outgoing[0]!.socket = { connecting: false };
  other.incoming.write(new Uint8Array(100_000));
  await arrival();
  const head = Object.assign(new PassThrough(), {
    ...{ statusCode: 413, statusMessage: "Much", rawHeaders: [] },
  });
  other.outgoing[0]!.emit("response", head);
  assertEquals(await statusNow(other.answer), 413);
  other.exchange.answered(performance.now());
  assert(other.exchange.look(performance.now() + 1_000));
  assert(other.incoming.isPaused(), "it may go on reading");
  assert(other.exchange.look(performance.now() + 3_000));
  assert(!other.incoming.isPaused(), "the rest is read away");
  assert(other.outgoing[0]!.destroyed);
});

Deno.test("Exchange: an app that breaks off an upload that it has answered has answered it", async () => {
  const { exchange, incoming, outgoing, answer, told } = exchangeOf({
    ...{ method: "PUT", length: 1_000_000 },
  });
  outgoing[0]!.socket = { connecting: false };
  incoming.write(new Uint8Array(100_000));
  await arrival();
  const head = Object.assign(new PassThrough(), {
    ...{ statusCode: 413, statusMessage: "Much", rawHeaders: [] },
  });
  outgoing[0]!.emit("response", head);
  outgoing[0]!.emit("error", new Error("broken pipe"));
  assertEquals(await statusNow(answer), 413);
  assertEquals(told, []);
  assert(!outgoing[0]!.destroyed, "its answer may still be coming");
  assert(!incoming.isPaused(), "the rest is read away");
  exchange.destroy();
});

Deno.test("Exchange: what nobody wants any more is read away for a time, and up to an amount", async () => {
  const piece = new Uint8Array(8 * 1_048_576);
  const answered = async () => {
    const it = exchangeOf({ method: "PUT", length: 1e9 });
    it.outgoing[0]!.socket = { connecting: false };
    const head = Object.assign(new PassThrough(), {
      ...{ statusCode: 403, statusMessage: "No", rawHeaders: [] },
    });
    it.outgoing[0]!.emit("response", head);
    assertEquals(await statusNow(it.answer), 403);
    it.outgoing[0]!.destroy();
    await arrival();
    it.exchange.answered(performance.now());
    return it;
  };
  const slow = await answered();
  assert(slow.exchange.look(performance.now() + DEADLINE_MS / 2));
  // Fast enough for a body that is read.
  slow.incoming.write(new Uint8Array(RATE * 20));
  await arrival();
  assert(!slow.exchange.look(performance.now() + DEADLINE_MS * 1.1));
  const large = await answered();
  for (let i = 0; i < 7; i++) large.incoming.write(piece);
  await arrival();
  assert(large.exchange.look(performance.now()));
  for (let i = 0; i < 2; i++) large.incoming.write(piece);
  await arrival();
  assert(!large.exchange.look(performance.now()));
});

Deno.test("Exchange: only what may be sent twice goes out on a kept connection, and once more where that was closed", async () => {
  for (
    const [method, length, reuse] of [
      ["GET", 0, true],
      ["HEAD", 0, true],
      ["OPTIONS", 0, true],
      ["GET", 5, false],
      ["POST", 0, false],
      ["POST", 5, false],
      ["DELETE", 0, false],
    ] as const
  ) {
    const { sent, outgoing, answer, exchange } = exchangeOf({
      ...{ method, length },
    });
    assertEquals(sent[0]!.reuse, reuse, `${method} ${length}`);
    outgoing[0]!.reusedSocket = true;
    outgoing[0]!.emit("error", new Error("socket hang up"));
    if (reuse) {
      assertEquals(sent.map((one) => one.reuse), [true, false]);
      // The second try is the last.
      outgoing[1]!.emit("error", new Error("socket hang up"));
    }
    assertEquals(await statusNow(answer), 502, `${method} ${length}`);
    assertEquals(sent.length, reuse ? 2 : 1);
    exchange.destroy();
  }
});
