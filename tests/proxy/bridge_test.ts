import { Duplex } from "node:stream";
import { assert, assertEquals } from "@std/assert";
import { bridge } from "../../lib/proxy/bridge.ts";
import { OPCODE } from "../../lib/proxy/frames.ts";
import { waitFor } from "../_wait.ts";

/** One end of a WebSocket; it accepts data only while it reads. */
class End extends Duplex {
  told = 0;
  last: Uint8Array = new Uint8Array();
  reads = true;

  override _read(): void {}

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: () => void,
  ): void {
    this.told += chunk.length;
    this.last = chunk;
    if (this.reads) done();
  }

  /** The code of the last close frame that it received, or null. */
  get closeCode(): number | null {
    const { last } = this;
    if (last[0] !== (0x80 | OPCODE.close)) return null;
    const isMasked = (last[1]! & 0x80) !== 0;
    return isMasked
      ? (last[6]! ^ last[2]!) << 8 | last[7]! ^ last[3]!
      : last[2]! << 8 | last[3]!;
  }
}

function frame(
  opcode: number,
  length: number,
  { masked, isFinal = true }: { masked: boolean; isFinal?: boolean },
): Uint8Array {
  const extra = length > 65_535 ? 8 : length > 125 ? 2 : 0;
  const bytes = new Uint8Array(2 + extra + (masked ? 4 : 0) + length);
  bytes[0] = opcode | (isFinal ? 0x80 : 0);
  bytes[1] = (masked ? 0x80 : 0) |
    (extra === 8 ? 127 : extra === 2 ? 126 : length);
  const view = new DataView(bytes.buffer);
  if (extra === 2) view.setUint16(2, length);
  if (extra === 8) view.setBigUint64(2, BigInt(length));
  return bytes;
}

/** Two ends and a bridge between them; one of them is the sender. */
function bridged(from: "client" | "upstream") {
  const client = new End();
  const upstream = new End();
  const none = new Uint8Array();
  const early = { client: none, upstream: none, extended: false };
  const open = bridge(client, upstream, early);
  const masked = from === "client";
  return {
    ...{ client, upstream, open, masked },
    sender: masked ? client : upstream,
    receiver: masked ? upstream : client,
    [Symbol.dispose]() {
      for (const end of [client, upstream]) end.destroy();
    },
  };
}

const MIB = 1_048_576;
// The ends are closed by an unreferenced timer, a while after the close frame.
const outlives = { sanitizeOps: false, sanitizeResources: false };

for (const from of ["client", "upstream"] as const) {
  Deno.test({
    name:
      `bridge: what the ${from} sends waits where the other end does not read, pings too`,
    ...outlives,
    async fn() {
      for (const opcode of [OPCODE.binary, OPCODE.ping]) {
        using pair = bridged(from);
        const { sender, receiver, masked } = pair;
        receiver.reads = false;
        const length = opcode === OPCODE.ping ? 125 : 10_000;
        for (let sent = 0; sent < MIB / 4; sent += length) {
          sender.push(frame(opcode, length, { masked }));
        }
        await waitFor("the sender to be stopped", () => sender.isPaused());
        assert(receiver.writableLength < 100_000, `${receiver.writableLength}`);
        receiver.reads = true;
        receiver.emit("drain");
        assert(!sender.isPaused());
      }
    },
  });

  Deno.test({
    name:
      `bridge: a message of the ${from} that does not end is closed with 1009, in one piece or many`,
    ...outlives,
    async fn() {
      for (const pieces of [1, 17, 1_700]) {
        using pair = bridged(from);
        const { sender, client, upstream, masked } = pair;
        const length = Math.ceil(17 * MIB / pieces);
        for (let i = 0; i < pieces; i++) {
          const opcode = i === 0 ? OPCODE.text : OPCODE.continuation;
          sender.push(frame(opcode, length, { masked, isFinal: pieces === 1 }));
          // Control frames are allowed between its fragments, and do not end it.
          sender.push(frame(OPCODE.pong, 3, { masked }));
        }
        await waitFor("the end", () => client.writableEnded);
        assert(upstream.writableEnded);
        await waitFor("the code", () => client.closeCode ?? upstream.closeCode);
        const codes = [client.closeCode, upstream.closeCode];
        assertEquals(codes, [1009, 1009]);
      }
    },
  });
}

Deno.test("bridge: many messages in a row are as many messages, and pass", async () => {
  using pair = bridged("client");
  const { sender, receiver, masked } = pair;
  let sent = 0;
  for (let i = 0; i < 20; i++) {
    const one = frame(OPCODE.binary, 2 * MIB, { masked });
    sent += one.length;
    sender.push(one);
  }
  await waitFor("all of it", () => receiver.told === sent);
  assertEquals(receiver.closeCode, null);
  assert(!sender.writableEnded);
});

Deno.test({
  name: "bridge: who does not hang up after the close frame is cut off",
  ...outlives,
  async fn() {
    using pair = bridged("client");
    const { client, upstream, open } = pair;
    open.refuse();
    await waitFor("the close frame", () => client.closeCode !== null);
    assertEquals([client.closeCode, upstream.closeCode], [1008, 1008]);
    await waitFor("the cut", () => client.destroyed && upstream.destroyed);
  },
});
