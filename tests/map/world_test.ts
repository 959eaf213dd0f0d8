import { assert, assertEquals } from "@std/assert";
import { isCountryCode } from "../../lib/geo/country.ts";
import { WORLD_SIZE, worldShapes } from "../../lib/map/world.ts";

Deno.test("worldShapes() draws each country once, inside the box", async () => {
  const shapes = await worldShapes();
  const codes = shapes.map(({ code }) => code).filter((code) => code !== null);
  assertEquals(new Set(codes).size, codes.length);
  assert(codes.length > 170, `${codes.length} countries`);
  for (const code of codes) assert(isCountryCode(code), code);
  for (const code of ["DE", "US", "BR", "FR", "XK"]) {
    assert(codes.includes(code), code);
  }
  for (const { code, path } of shapes) {
    for (const [x, y] of points(path)) {
      assert(x >= 0 && x <= WORLD_SIZE.width, `${code}: ${x}`);
      assert(y >= 0 && y <= WORLD_SIZE.height, `${code}: ${y}`);
    }
  }
});

Deno.test("worldShapes() is small, and drawn once", async () => {
  const shapes = await worldShapes();
  const bytes = shapes.reduce((sum, { path }) => sum + path.length, 0);
  assert(bytes < 30_000, `${bytes} bytes`);
  assertEquals(await worldShapes(), shapes);
});

Deno.test("worldShapes() puts countries where they are", async () => {
  const centre = new Map(
    (await worldShapes()).map(({ code, path }) => {
      const all = points(path);
      const mean = (axis: 0 | 1) =>
        all.reduce((sum, point) => sum + point[axis], 0) / all.length;
      return [code, { x: mean(0), y: mean(1) }];
    }),
  );
  const at = (code: string) => centre.get(code)!;
  assert(at("US").x < at("DE").x && at("DE").x < at("CN").x);
  assert(at("NO").y < at("IT").y && at("IT").y < at("ZA").y);
});

function pairsOf(text: string): [number, number][] {
  const numbers = (text.match(/-?\d+/g) ?? []).map(Number);
  assertEquals(numbers.length % 2, 0, text);
  return Array.from(
    { length: numbers.length / 2 },
    (_, at) => [numbers[2 * at]!, numbers[2 * at + 1]!],
  );
}

/** The corners that a path's steps lead to. */
function points(path: string): [number, number][] {
  const found: [number, number][] = [];
  assert(path.startsWith("M"), path);
  let [x, y] = [0, 0];
  for (const ring of path.slice(1).split("z").filter(Boolean)) {
    const [, head, rest] = /^m?([\d -]+)(.*)$/.exec(ring)!;
    const [[dx, dy]] = pairsOf(head!) as [[number, number]];
    const start: [number, number] = [x + dx, y + dy];
    [x, y] = start;
    found.push([x, y]);
    if (rest !== "h1v1h-1") {
      for (const [dx, dy] of pairsOf(rest!.slice(1))) {
        x += dx;
        y += dy;
        found.push([x, y]);
      }
    }
    [x, y] = start;
  }
  return found;
}
