import type { TopRow } from "../lib/stats.ts";

/** The most frequent values of a field, each a link to the log filtered by it. */
export function TopList(
  { title, rows, link }: {
    title: string;
    rows: TopRow[];
    link?: (row: TopRow) => string;
  },
) {
  const most = rows[0]?.requests ?? 0;
  return (
    <section class="panel flush">
      <h2>{title}</h2>
      {rows.length === 0 ? <p class="empty">Nothing yet.</p> : (
        <table>
          <thead class="visually-hidden">
            <tr>
              <th scope="col">{title}</th>
              <th scope="col">Share</th>
              <th scope="col">Requests</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <td class="long">
                  {link ? <a href={link(row)}>{row.name}</a> : row.name}
                </td>
                <td>
                  <meter
                    min={0}
                    max={most}
                    value={row.requests}
                    aria-label={`${row.name}: ${row.requests}`}
                  />
                </td>
                <td class="number">{row.requests.toLocaleString("en")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
