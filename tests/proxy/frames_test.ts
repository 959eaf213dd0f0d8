import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  encodeFrame,
  FrameError,
  FrameReader,
  OPCODE,
} from "../../lib/proxy/frames.ts";

/** A frame as a server sends it, from a client's: the same without its mask. */
function unmasked(frame: Uint8Array): Uint8Array {
  const length = frame[1]! & 0x7f;
  const at = length === 126 ? 4 : length === 127 ? 10 : 2;
  const mask = frame.subarray(at, at + 4);
  const payload = frame.slice(at + 4).map((byte, i) => byte ^ mask[i & 3]!);
  const bytes = new Uint8Array(at + payload.length);
  bytes.set(frame.subarray(0, at));
  bytes[1]! &= 0x7f;
  bytes.set(payload, at);
  return bytes;
}

Deno.test("FrameReader: reads what encodeFrame wrote, however it is cut", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.integer({ min: 65_530, max: 65_540 }).map((n) => new Uint8Array(n)),
  );
  fc.assert(
    fc.property(
      fc.array(payload, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 70_000 }),
      (payloads, step) => {
        const wire = payloads.map((one) =>
          unmasked(encodeFrame(OPCODE.binary, one))
        );
        const bytes = new Uint8Array(
          wire.reduce((sum, { length }) => sum + length, 0),
        );
        wire.reduce((at, one) => (bytes.set(one, at), at + one.length), 0);
        const reader = new FrameReader(100_000);
        const frames = [];
        for (let i = 0; i < bytes.length; i += step) {
          frames.push(...reader.push(bytes.slice(i, i + step)));
        }
        assertEquals(frames.length, payloads.length);
        for (const [i, { fin, opcode, payload }] of frames.entries()) {
          assertEquals([fin, opcode], [true, OPCODE.binary]);
          assertEquals(Buffer.compare(payload, payloads[i]!), 0);
        }
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("FrameReader: refuses what no server may send", () => {
  const table: [string, number[], number][] = [
    ["a reserved bit", [0xc1, 0], 1002],
    ["an unknown opcode", [0x83, 0], 1002],
    ["a mask", [0x81, 0x80], 1002],
    ["a ping in pieces", [0x09, 0], 1002],
    ["a long ping", [0x89, 126], 1002],
    ["a frame over the limit", [0x82, 126, 0xff, 0xff], 1009],
    ["4 GB", [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0], 1009],
    ["2^63", [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], 1009],
  ];
  for (const [what, bytes, code] of table) {
    const error = assertThrows(
      () => new FrameReader(1_000).push(new Uint8Array(bytes)),
      FrameError,
      undefined,
      what,
    );
    assertEquals(error.code, code, what);
  }
});
