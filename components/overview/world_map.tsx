import { shadeOf, shadeSteps } from "../../lib/map/shades.ts";
import { type CountryShape, WORLD_SIZE } from "../../lib/map/world.ts";
import type { CountryRow } from "./country_table.tsx";
import { Num, useNumber } from "../ui/number.tsx";

/** The world map, each country shaded by its number of requests. */
export function WorldMap(
  { shapes, rows }: { shapes: CountryShape[]; rows: CountryRow[] },
) {
  const number = useNumber();
  const byCode = new Map(rows.map((row) => [row.country_code, row]));
  const most = Math.max(0, ...rows.map(({ requests }) => requests));
  const empty = shapes.filter(({ code }) => !code || !byCode.has(code));
  const drawn = shapes.filter(({ code }) => code && byCode.has(code));
  const unseen = rows.length - drawn.length;
  return (
    <figure class="map">
      <svg
        viewBox={`0 0 ${WORLD_SIZE.width} ${WORLD_SIZE.height}`}
        role="img"
        aria-label={`World map: requests from ${rows.length} ` +
          `${rows.length === 1 ? "country" : "countries"}; ` +
          `the table has the numbers`}
      >
        <path class="shade-0" d={empty.map(({ path }) => path).join("")} />
        {drawn.map(({ code, path }) => {
          const { name, requests } = byCode.get(code!)!;
          return (
            <path
              key={code}
              class={`shade-${shadeOf(requests, most)}`}
              d={path}
            >
              <title>{`${name}: ${number(requests)}`}</title>
            </path>
          );
        })}
      </svg>
      <figcaption>
        <ShadeLegend most={most} />
        {unseen > 0 && (
          <span class="muted">
            {unseen} {unseen === 1 ? "country is" : "countries are"}{" "}
            too small for this map; see the table.
          </span>
        )}
      </figcaption>
    </figure>
  );
}

/** The lower bound of each shade. */
export function ShadeLegend({ most }: { most: number }) {
  const steps = shadeSteps(most);
  if (steps.length === 0) return null;
  return (
    <ul class="legend" aria-label="Shades">
      {steps.map(({ shade, from }) => (
        <li key={shade}>
          <svg class="map" width="12" height="12" aria-hidden="true">
            <rect class={`shade-${shade}`} width="12" height="12" rx="2" />
          </svg>
          <span>
            from <Num value={from} options={{ notation: "compact" }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
