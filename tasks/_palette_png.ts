import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const MAX_COLOURS = 256;
/** Kept as they are where there are more: the page's grounds, lines and texts. */
const EXACT_COLOURS = 128;

/** A picture as rows of red, green and blue bytes. */
interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/**
 * Writes a screenshot anew with a palette of at most 256 colours: a third of the size, and a page of
 * text and flat areas looks the same.
 *
 * @throws {TypeError} unless it is a PNG of 8 bits a channel, in colour and not interlaced.
 */
export function palettePng(png: Uint8Array): Uint8Array<ArrayBuffer> {
  const { width, height, rgb } = decode(png);
  const { palette, indexes } = reduce(rgb);
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    const row = indexes.subarray(y * width, (y + 1) * width);
    rows.set(row, y * (width + 1) + 1);
  }
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, 3], 8);
  return join([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", head),
    chunk("PLTE", palette),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** The most frequent colours as they are; the others, which smooth edges, in groups of likes. */
function reduce(rgb: Uint8Array): { palette: Uint8Array; indexes: Uint8Array } {
  const pixels = new Uint32Array(rgb.length / 3);
  const counts = new Map<number, number>();
  for (let i = 0; i < pixels.length; i++) {
    const at = i * 3;
    const colour = rgb[at]! << 16 | rgb[at + 1]! << 8 | rgb[at + 2]!;
    pixels[i] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts.keys()].sort((a, b) =>
    counts.get(b)! - counts.get(a)!
  );
  const kept = colours.length > MAX_COLOURS ? EXACT_COLOURS : colours.length;
  const groups = colours.slice(0, kept).map((colour) => [colour]);
  groups.push(...group(colours.slice(kept), MAX_COLOURS - kept));
  const numbers = new Map(
    groups.flatMap((group, number) => group.map((colour) => [colour, number])),
  );
  return {
    palette: Uint8Array.from(
      groups.flatMap((group) => [16, 8, 0].map((shift) => mean(group, shift))),
    ),
    indexes: Uint8Array.from(pixels, (colour) => numbers.get(colour)!),
  };
}

/** Colours that agree in their upper bits, in as many of these as make few enough groups. */
function group(colours: number[], most: number): number[][] {
  for (let bits = 7;; bits--) {
    const mask = (0x100 - (1 << (8 - bits))) * 0x010101;
    const groups = Map.groupBy(colours, (colour) => colour & mask);
    if (groups.size <= most) return [...groups.values()];
  }
}

function mean(colours: number[], shift: number): number {
  const sum = colours.reduce((sum, colour) => sum + (colour >> shift & 255), 0);
  return Math.round(sum / colours.length);
}

function decode(png: Uint8Array): Pixels {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, , , interlace] = png.subarray(24, 29);
  const channels = colour === 2 ? 3 : colour === 6 ? 4 : 0;
  if (depth !== 8 || channels === 0 || interlace !== 0) {
    throw new TypeError(
      "Cannot read this PNG: expected 8 bits a channel, in colour, not interlaced",
    );
  }
  const data: Uint8Array[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (type === "IDAT") data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(join(data));
  const stride = width * channels;
  const rgb = new Uint8Array(width * height * 3);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const row = Uint8Array.from(raw.subarray(start + 1, start + 1 + stride));
    unfilter(raw[start]!, row, above, channels);
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 3;
      rgb[to] = row[x * channels]!;
      rgb[to + 1] = row[x * channels + 1]!;
      rgb[to + 2] = row[x * channels + 2]!;
    }
    above = row;
  }
  return { width, height, rgb };
}

/** Undoes a row's filter in place (PNG, section 9.2). */
function unfilter(
  filter: number,
  row: Uint8Array,
  above: Uint8Array,
  channels: number,
): void {
  for (let i = 0; i < row.length; i++) {
    const left = i < channels ? 0 : row[i - channels]!;
    const up = above[i]!;
    if (filter === 1) row[i]! += left;
    else if (filter === 2) row[i]! += up;
    else if (filter === 3) row[i]! += (left + up) >> 1;
    else if (filter === 4) {
      row[i]! += paeth(left, up, i < channels ? 0 : above[i - channels]!);
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const a = Math.abs(guess - left);
  const b = Math.abs(guess - up);
  const c = Math.abs(guess - corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
