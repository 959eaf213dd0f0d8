import type { TopRow } from "../../lib/console/stats.ts";
import { Num } from "./number.tsx";
import { Table } from "./table.tsx";

/** The props of {@linkcode TopList}. */
export interface TopListProps<Row extends TopRow> {
  title: string;
  rows: Row[];
  /** The link of a row. */
  link?: (row: Row) => string;
  /** The link to a page about a row's value, next to it. */
  about?: (row: Row) => string | null;
  /** The label of a row whose name is not clear enough. */
  nameOf?: (row: Row) => string;
  /** The total for the shares. */
  total?: number;
  /** The link to the whole list. */
  all?: string;
  /** The label of the counts. @default {"Requests"} */
  unit?: string;
  /** For addresses and paths. */
  mono?: boolean;
}

/** The most frequent values of a field, each a link, with its share of the total. */
export function TopList<Row extends TopRow>(
  {
    title,
    rows,
    link,
    about,
    nameOf = ({ name }) => name,
    total,
    all,
    unit,
    mono,
  }: TopListProps<Row>,
) {
  const most = Math.max(1, ...rows.map(({ requests }) => requests));
  if (rows.length === 0) {
    return (
      <section class="panel flush">
        <h2>{title}</h2>
        <p class="empty">Nothing in this time.</p>
      </section>
    );
  }
  return (
    <section class="panel flush">
      <Table
        label={title}
        class="ranking"
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          {
            header: <h2>{title}</h2>,
            class: mono ? "mono" : undefined,
            cell: (row) => {
              const name = nameOf(row);
              const page = about?.(row);
              return (
                <>
                  <Share part={row.requests / most} />
                  {link
                    ? (
                      <a href={link(row)} title={titleOf(name)}>
                        {name}
                      </a>
                    )
                    : <span title={titleOf(name)}>{name}</span>}
                  {page && (
                    <a
                      class="about"
                      href={page}
                      aria-label={`Dossier: ${name}`}
                    >
                      ↗
                    </a>
                  )}
                </>
              );
            },
          },
          total !== undefined && total > 0 && {
            header: "Share",
            class: "number share-of",
            cell: ({ requests }) => (
              <Num
                value={requests / total}
                options={{ style: "percent", maximumFractionDigits: 1 }}
              />
            ),
          },
          {
            header: unit ?? "Requests",
            class: "number",
            cell: ({ requests }) => <Num value={requests} />,
          },
        ]}
      />
      {all && (
        <p class="more">
          <a href={all} aria-label={`All: ${title}`}>
            all →
          </a>
        </p>
      )}
    </section>
  );
}

/** Short values such as addresses are not truncated. */
const SHORT = 15;

/** The full text of a value that may be truncated, on hover. */
function titleOf(name: string): string | undefined {
  return name.length > SHORT ? name : undefined;
}

/** A bar behind the row; the number next to it says the same. */
function Share({ part }: { part: number }) {
  return (
    <svg class="share" aria-hidden="true">
      <rect width={`${(part * 100).toFixed(1)}%`} height="100%" rx="3" />
    </svg>
  );
}
