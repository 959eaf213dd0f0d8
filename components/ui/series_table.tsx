import type { Counts } from "../../lib/console/stats.ts";
import { Num } from "./number.tsx";
import { Table } from "./table.tsx";

/** Requests that were allowed and then failed are counted separately. */
const KINDS = [
  "allowed",
  "errors",
  "limited",
  "challenged",
  "blocked",
] as const;
const WORDS = {
  allowed: "allowed",
  errors: "server errors",
  limited: "limited",
  challenged: "challenged",
  blocked: "blocked",
};
const NAMES = { minute: "Minute", hour: "Hour", day: "Day" } as const;
/** From this number of rows on, empty rows are left out. */
const MANY = 24;
/** More rows would be as large as the rest of the page: the API has all of them. */
const MOST = 72;

type Bucket = Counts & { start: string };

/** Requests over time as numbers, latest first, as an alternative to the bars. */
export function SeriesTable(
  { series, by, filters }: {
    series: Bucket[];
    by: keyof typeof NAMES;
    /** The filters of what was counted. */
    filters: URLSearchParams | Record<string, string>;
  },
) {
  const all = series.toReversed();
  const some = all.length > MANY
    ? all.filter(({ requests }) => requests > 0)
    : all;
  const rows = some.slice(0, MOST);
  return (
    <details>
      <summary>The numbers as a table</summary>
      <Table
        label="Requests over time"
        class="plain"
        isTall
        rows={rows}
        keyOf={({ start }) => start}
        columns={[
          {
            header: `${NAMES[by]} (UTC)`,
            isRowHeader: true,
            cell: ({ start }) =>
              by === "day"
                ? start.slice(0, 10)
                : start.slice(0, 16).replace("T", " "),
          },
          {
            header: "Requests",
            class: "number",
            cell: ({ requests }) => <Num value={requests} />,
          },
          ...KINDS.map((kind) => ({
            header: WORDS[kind],
            class: "number",
            cell: (bucket: Bucket) => <Num value={part(bucket, kind)} />,
          })),
        ]}
      />
      {some.length < all.length && (
        <p class="muted">
          Where there was no request there is no row:{" "}
          <Num value={all.length - some.length} /> of <Num value={all.length} />
          {" "}
          {by}s.
        </p>
      )}
      {rows.length < some.length && (
        <p class="muted">
          The latest {MOST} of <Num value={some.length} /> {by}s.{" "}
          <a href={allOf(series, by, filters)} f-client-nav={false}>
            All as JSON
          </a>
        </p>
      )}
    </details>
  );
}

/** The API call for the same counts, up to now. */
function allOf(
  series: Bucket[],
  by: string,
  filters: URLSearchParams | Record<string, string>,
): string {
  const query = new URLSearchParams(filters);
  query.set("since", series[0]!.start);
  if (by !== "minute") query.set("by", by);
  return `/api/stats?${query}`;
}

/** The number of requests of a kind; each request counts once. */
function part(counts: Counts, kind: typeof KINDS[number]): number {
  return kind === "allowed"
    ? Math.max(0, counts.allowed - counts.errors)
    : counts[kind];
}
