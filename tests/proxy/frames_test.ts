import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { closeFrame, FrameMeter, OPCODE } from "../../lib/proxy/frames.ts";

const MAX = 100_000;
const meter = (masked = false, extended = false) =>
  new FrameMeter({ masked, extended, maxMessage: MAX });

/** A frame; `length` is written in the shortest way. */
function frame(
  first: number,
  payload: Uint8Array,
  masked: boolean,
): Uint8Array {
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const start = 2 + extra + (masked ? 4 : 0);
  const bytes = new Uint8Array(start + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = first;
  bytes[1] = (masked ? 0x80 : 0) |
    (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) view.setUint16(2, length);
  if (extra === 8) view.setBigUint64(2, BigInt(length));
  bytes.set(payload, start);
  return bytes;
}

Deno.test("FrameMeter: finds the boundaries of what is in order, however it is cut", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.integer({ min: 65_530, max: 65_540 }).map((n) => new Uint8Array(n)),
  );
  fc.assert(
    fc.property(
      fc.array(payload, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 70_000 }),
      fc.boolean(),
      (payloads, step, masked) => {
        const wire = payloads.flatMap((one) => [
          ...frame(0x80 | OPCODE.binary, one, masked),
          ...frame(0x80 | OPCODE.ping, one.subarray(0, 100), masked),
        ]);
        const bytes = new Uint8Array(wire);
        const seen = meter(masked);
        for (let i = 0; i < bytes.length; i += step) {
          assertEquals(seen.push(bytes.subarray(i, i + step)), 0);
        }
        assert(seen.atBoundary);
        seen.push(bytes.subarray(0, 1));
        assert(!seen.atBoundary);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("FrameMeter: refuses what is no frame of that end", () => {
  const table: [string, number[], number][] = [
    ["a reserved bit", [0xc1, 0], 1002],
    ["an unknown opcode", [0x83, 0], 1002],
    ["a mask", [0x81, 0x80], 1002],
    ["a ping in pieces", [0x09, 0], 1002],
    ["a long ping", [0x89, 126], 1002],
    ["a piece without a beginning", [0x80, 0], 1002],
    ["a beginning within a message", [0x01, 0, 0x01, 0], 1002],
    ["a message after the close frame", [0x88, 0, 0x81, 0], 1002],
    ["a frame over the limit", [0x82, 127, 0, 0, 0, 0, 0, 2, 0, 0], 1009],
    ["4 GB", [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0], 1009],
    ["2^63", [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], 1009],
  ];
  for (const [what, bytes, code] of table) {
    assertEquals(meter().push(new Uint8Array(bytes)), code, what);
  }
  assertEquals(meter(true).push(new Uint8Array([0x81, 0])), 1002);
  assertEquals(meter(false, true).push(new Uint8Array([0xc1, 0])), 0);
});

Deno.test("FrameMeter: a message that never ends is too long, in however many pieces", () => {
  const seen = meter();
  const piece = new Uint8Array(30_000);
  assertEquals(seen.push(frame(OPCODE.binary, piece, false)), 0);
  assertEquals(seen.push(frame(OPCODE.continuation, piece, false)), 0);
  assertEquals(
    seen.push(frame(0x80 | OPCODE.ping, piece.subarray(0, 5), false)),
    0,
  );
  assertEquals(seen.push(frame(OPCODE.continuation, piece, false)), 0);
  assertEquals(seen.push(frame(OPCODE.continuation, piece, false)), 1009);
});

Deno.test("closeFrame: can be read by its end, and says code and reason", () => {
  for (const masked of [false, true]) {
    const bytes = closeFrame(1011, "The app closed the connection", masked);
    const seen = meter(masked);
    assertEquals(seen.push(bytes), 0);
    assert(seen.closed && seen.atBoundary);
    const start = masked ? 6 : 2;
    const payload = bytes.slice(start).map((byte, i) =>
      masked ? byte ^ bytes[2 + (i & 3)]! : byte
    );
    assertEquals(new DataView(payload.buffer).getUint16(0), 1011);
    assertEquals(
      new TextDecoder().decode(payload.subarray(2)),
      "The app closed the connection",
    );
  }
});
