import { type GeoContext, geoNaturalEarth1, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import { isCountryCode } from "../geo/country.ts";

/** A country's outline. */
export interface CountryShape {
  /** ISO 3166-1 alpha-2, or null for a territory without a code, such as Somaliland. */
  code: string | null;
  /**
   * Data of an SVG path in a box of {@linkcode WORLD_SIZE}: whole numbers, each relative to the
   * last.
   */
  path: string;
}

/** The size of the drawing. */
export const WORLD_SIZE = { width: 360, height: 158 } as const;

/** Left out, as it has no visitors and takes a fifth of the height. */
const LEFT_OUT = "Antarctica";

type Point = readonly [x: number, y: number];

interface Country {
  id?: string;
  properties: { name: string };
}

let drawing: Promise<CountryShape[]> | undefined;

/** Every country's outline, in Natural Earth projection; drawn once, on first use. */
export function worldShapes(): Promise<CountryShape[]> {
  return drawing ??= draw();
}

async function draw(): Promise<CountryShape[]> {
  const { default: atlas } = await import(
    "world-atlas/countries-110m.json",
    { with: { type: "json" } }
  );
  const world = feature(atlas, atlas.objects.countries);
  const features = (world.features as Country[])
    .filter(({ properties }) => properties.name !== LEFT_OUT);
  const { width, height } = WORLD_SIZE;
  const projection = geoNaturalEarth1().fitExtent(
    [[1, 1], [width - 1, height - 1]],
    { type: "FeatureCollection", features },
  );
  const writer = new PathWriter();
  const path = geoPath(projection, writer as unknown as GeoContext);
  return features.map((country) => {
    writer.begin();
    path(country);
    return { code: codeOf(country), path: writer.data };
  });
}

/** The atlas has ISO 3166-1 numeric codes, which BCP 47 maps to alphabetic ones. */
function codeOf({ id, properties }: Country): string | null {
  if (id === undefined) return properties.name === "Kosovo" ? "XK" : null;
  const { region } = new Intl.Locale(`und-${id.padStart(3, "0")}`);
  return region && isCountryCode(region) ? region : null;
}

/** Rings with a smaller area in square units are left out, except the first one of a country. */
const LEAST_AREA = 3;

/** Writes path data in steps of whole units, as few as draw the same: a seventh of d3's own. */
class PathWriter {
  data = "";
  /** Start of the last ring. */
  #start: Point = [0, 0];
  #ring: Point[] = [];

  begin(): void {
    this.data = "";
    this.#start = [0, 0];
  }

  moveTo(x: number, y: number): void {
    this.#ring = [];
    this.lineTo(x, y);
  }

  lineTo(x: number, y: number): void {
    this.#ring.push([Math.round(x), Math.round(y)]);
  }

  closePath(): void {
    const corners = cornersOf(this.#ring);
    const isFirst = this.data === "";
    if (!isFirst && areaOf(corners) < LEAST_AREA) return;
    const [first, ...rest] = corners as [Point, ...Point[]];
    const move = (isFirst ? "M" : "m") + stepFrom(this.#start, first);
    const lines = rest.map((point, at) => stepFrom(corners[at]!, point));
    // A ring smaller than a unit is kept as a dot.
    this.data += lines.length > 1
      ? `${move}l${lines.join(" ").replaceAll(" -", "-")}z`
      : `${move}h1v1h-1z`;
    this.#start = first;
  }
}

/** The points of a ring at which the direction changes. */
function cornersOf(ring: readonly Point[]): Point[] {
  const corners: Point[] = [];
  for (const point of ring) {
    const last = corners.at(-1);
    if (last && last[0] === point[0] && last[1] === point[1]) continue;
    const before = corners.at(-2);
    if (last && before && isStraight(before, last, point)) corners.pop();
    corners.push(point);
  }
  const [first, last] = [corners[0], corners.at(-1)];
  if (corners.length > 1 && first![0] === last![0] && first![1] === last![1]) {
    corners.pop();
  }
  return corners;
}

function isStraight([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point) {
  return (bx - ax) * (cy - by) === (by - ay) * (cx - bx);
}

function areaOf(ring: readonly Point[]): number {
  const twice = ring.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = ring[(at + 1) % ring.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** A sign separates numbers as well as a space does. */
function stepFrom([fromX, fromY]: Point, [x, y]: Point): string {
  const [dx, dy] = [x - fromX, y - fromY];
  return dy < 0 ? `${dx}${dy}` : `${dx} ${dy}`;
}
