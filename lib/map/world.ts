import { type GeoContext, geoNaturalEarth1, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import { isCountryCode } from "../geo/country.ts";

/** A country's outline. */
export interface CountryShape {
  /** ISO 3166-1 alpha-2, or null for what has no code, such as Somaliland. */
  code: string | null;
  /** The data of an SVG path in a box of {@linkcode WORLD_SIZE}: whole numbers, each from the last. */
  path: string;
}

/** The box that the world is drawn in. */
export const WORLD_SIZE = { width: 960, height: 420 } as const;

/** Nobody asks from there, and it takes a fifth of the height. */
const LEFT_OUT = "Antarctica";

interface Country {
  id?: string;
  properties: { name: string };
}

let drawing: Promise<CountryShape[]> | undefined;

/** Every country's outline, in Natural Earth projection; drawn once, when first asked for. */
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
  const pen = new Pen();
  const path = geoPath(projection, pen as unknown as GeoContext);
  return features.map((country) => {
    pen.begin();
    path(country);
    return { code: codeOf(country), path: pen.data };
  });
}

/** The atlas numbers countries by ISO 3166-1, which BCP 47 knows as other names of their codes. */
function codeOf({ id, properties }: Country): string | null {
  if (id === undefined) return properties.name === "Kosovo" ? "XK" : null;
  const { region } = new Intl.Locale(`und-${id.padStart(3, "0")}`);
  return region && isCountryCode(region) ? region : null;
}

/** Writes path data with steps of whole units: a fifth of what d3 writes by itself. */
class Pen {
  data = "";
  /** Where the last step led, and where the ring under way began. */
  #at: [number, number] = [0, 0];
  #start: [number, number] = [0, 0];
  #steps: string[] = [];

  begin(): void {
    this.data = "";
    this.#at = [0, 0];
  }

  moveTo(x: number, y: number): void {
    this.#steps = [this.#stepTo(x, y)];
    this.#start = this.#at;
  }

  lineTo(x: number, y: number): void {
    const step = this.#stepTo(x, y);
    if (step !== "0,0") this.#steps.push(step);
  }

  closePath(): void {
    // What is smaller than a unit is kept as a dot.
    const [first, ...lines] = this.#steps;
    const move = this.data === "" ? "M" : "m";
    this.data += lines.length > 1
      ? `${move}${first}l${lines.join(" ")}z`
      : `${move}${first}h1v1h-1z`;
    // Closing leads back to the beginning.
    this.#at = this.#start;
  }

  #stepTo(x: number, y: number): string {
    const [fromX, fromY] = this.#at;
    this.#at = [Math.round(x), Math.round(y)];
    return `${this.#at[0] - fromX},${this.#at[1] - fromY}`;
  }
}
