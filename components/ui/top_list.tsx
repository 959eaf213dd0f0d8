import type { TopRow } from "../../lib/console/stats.ts";
import { Num } from "./number.tsx";

/** The most frequent values of a field, each a link to the log filtered by it. */
export function TopList(
  { title, rows, link, mono = false }: {
    title: string;
    rows: TopRow[];
    link?: (row: TopRow) => string;
    /** For addresses and paths. */
    mono?: boolean;
  },
) {
  const most = rows[0]?.requests ?? 0;
  return (
    <section class="panel flush">
      {rows.length === 0
        ? (
          <>
            <h2>{title}</h2>
            <p class="empty">Nothing yet.</p>
          </>
        )
        : (
          <table class="ranking">
            <thead>
              <tr>
                <th scope="col">
                  <h2>{title}</h2>
                </th>
                <th scope="col" class="number">Requests</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <td class={mono ? "mono" : undefined}>
                    <Share part={row.requests / most} />
                    {link
                      ? <a href={link(row)} title={row.name}>{row.name}</a>
                      : <span title={row.name}>{row.name}</span>}
                  </td>
                  <td class="number">
                    <Num value={row.requests} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
    </section>
  );
}

/** A bar behind the row; the number next to it says the same. */
function Share({ part }: { part: number }) {
  return (
    <svg class="share" aria-hidden="true">
      <rect width={`${(part * 100).toFixed(1)}%`} height="100%" rx="3" />
    </svg>
  );
}
