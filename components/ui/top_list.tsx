import { Table } from "./table.tsx";
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
          <Table
            label={title}
            class="ranking"
            rows={rows}
            keyOf={({ name }) => name}
            columns={[
              {
                header: <h2>{title}</h2>,
                class: mono ? "mono" : undefined,
                cell: (row) => (
                  <>
                    <Share part={row.requests / most} />
                    {link
                      ? <a href={link(row)} title={row.name}>{row.name}</a>
                      : <span title={row.name}>{row.name}</span>}
                  </>
                ),
              },
              {
                header: "Requests",
                class: "number",
                cell: ({ requests }) => <Num value={requests} />,
              },
            ]}
          />
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
