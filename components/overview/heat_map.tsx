import { shadeOf } from "../../lib/map/shades.ts";
import { useNumber } from "../ui/number.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { ShadeLegend } from "./world_map.tsx";

/** Monday first; `heat` starts with Sunday. */
const DAYS = [1, 2, 3, 4, 5, 6, 0];
const NAMES = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];

/** Requests by hour of the day and day of the week (UTC), as a coloured table. */
export function HeatMap({ heat }: { heat: number[][] }) {
  const number = useNumber();
  const most = Math.max(0, ...heat.flat());
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  return (
    <>
      <Scroll label="Requests by weekday and hour">
        <table class="heat">
          <thead>
            <tr>
              <th scope="col">
                <span class="visually-hidden">Day</span>
              </th>
              {hours.map((hour) => (
                <th scope="col" key={hour}>
                  {String(hour).padStart(2, "0")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {DAYS.map((day) => (
              <tr key={day}>
                <th scope="row">
                  <abbr title={NAMES[day]}>{NAMES[day]!.slice(0, 3)}</abbr>
                </th>
                {hours.map((hour) => {
                  const requests = heat[day]?.[hour] ?? 0;
                  return (
                    <td
                      key={hour}
                      class={`shade-${shadeOf(requests, most)}`}
                    >
                      {requests === 0
                        ? ""
                        : number(requests, { notation: "compact" })}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <ShadeLegend most={most} />
    </>
  );
}
