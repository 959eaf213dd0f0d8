import { assert, assertEquals, assertThrows } from "@std/assert";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { palettePng } from "../../tasks/_palette_png.ts";

/** A PNG of 8 bits a channel whose rows carry the filters given, with the bytes as they are. */
function png(
  width: number,
  rows: { filter: number; bytes: number[] }[],
  colour = 2,
): Uint8Array {
  const raw = rows.flatMap(({ filter, bytes }) => [filter, ...bytes]);
  const head = [0, 0, 0, width, 0, 0, 0, rows.length, 8, colour, 0, 0, 0];
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", head),
    ...chunk("IDAT", [...deflateSync(Uint8Array.from(raw))]),
    ...chunk("IEND", []),
  ]);
}

function chunk(type: string, data: number[]): number[] {
  const body = [...new TextEncoder().encode(type), ...data];
  const numbers = new DataView(new ArrayBuffer(8));
  numbers.setUint32(0, data.length);
  numbers.setUint32(4, crc32(Uint8Array.from(body)));
  const bytes = [...new Uint8Array(numbers.buffer)];
  return [...bytes.slice(0, 4), ...body, ...bytes.slice(4)];
}

/** The colours of a palette PNG, row by row. */
function colours(bytes: Uint8Array, width: number): number[][] {
  const view = new DataView(bytes.buffer);
  let palette: Uint8Array | undefined;
  for (let at = 8;; at += view.getUint32(at) + 12) {
    const data = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "PLTE") palette = data;
    if (type !== "IDAT") continue;
    return [...inflateSync(data)]
      .filter((_, index) => index % (width + 1) > 0)
      .map((number) => [...palette!.subarray(number * 3, number * 3 + 3)]);
  }
}

Deno.test("palettePng() keeps every pixel where there are few colours, whatever the filter", () => {
  const picture = png(2, [
    { filter: 0, bytes: [10, 20, 30, 40, 50, 60] },
    { filter: 1, bytes: [10, 20, 30, 30, 30, 30] },
    { filter: 2, bytes: [0, 0, 0, 1, 1, 1] },
    { filter: 3, bytes: [5, 10, 15, 15, 16, 14] },
    { filter: 4, bytes: [0, 0, 0, 1, 2, 3] },
  ]);
  assertEquals(colours(palettePng(picture), 2), [
    ...[[10, 20, 30], [40, 50, 60]],
    ...[[10, 20, 30], [40, 50, 60]],
    ...[[10, 20, 30], [41, 51, 61]],
    ...[[10, 20, 30], [40, 51, 59]],
    ...[[10, 20, 30], [41, 53, 62]],
  ]);
});

Deno.test("palettePng() drops transparency, and brings many colours down to 256", () => {
  const row = Array.from(
    { length: 200 },
    (_, i) => [i, 255 - i, i >> 1, 255],
  ).flat();
  const rows = [0, 40, 80].map((shift) => ({
    filter: 0,
    bytes: row.map((byte, index) => index % 4 === 2 ? byte ^ shift : byte),
  }));
  const made = colours(palettePng(png(200, rows, 6)), 200);
  assert(new Set(made.map(String)).size <= 256);
  for (const [i, [r, g]] of made.slice(0, 200).entries()) {
    assert(Math.abs(r! - i) <= 8 && Math.abs(g! - (255 - i)) <= 8);
  }
});

Deno.test("palettePng() refuses what a browser does not make", () => {
  assertThrows(
    () => palettePng(png(1, [{ filter: 0, bytes: [0] }], 0)),
    TypeError,
    "expected 8 bits a channel",
  );
});
