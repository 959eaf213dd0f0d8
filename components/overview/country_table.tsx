import { Table } from "../ui/table.tsx";
import { wordParam } from "../../lib/http/list_query.ts";
import { Num } from "../ui/number.tsx";

/** A country and its number of requests. */
export interface CountryRow {
  name: string;
  /** ISO 3166-1 alpha-2. */
  country_code: string;
  requests: number;
}

/** The order of the table. */
export type CountrySort = "name" | "requests";

/** The `sort` parameter of a URL: by requests by default. */
export function countrySort(params: URLSearchParams): CountrySort {
  return wordParam(params, "sort", ["requests", "name"]);
}

/** The numbers of the map; sorted on the server. */
export function CountryTable(
  { rows, total, sort, sortHref, link }: {
    rows: CountryRow[];
    /** All requests, including those without a country. */
    total: number;
    sort: CountrySort;
    sortHref: (sort: CountrySort) => string;
    link: (row: CountryRow) => string;
  },
) {
  if (rows.length === 0) {
    return (
      <p class="empty">
        The country of no request is known: private addresses have none, and
        with GEO_PROVIDER=off there is no lookup.
      </p>
    );
  }
  const sorted = rows.toSorted((a, b) =>
    sort === "name"
      ? a.name.localeCompare(b.name, "en")
      : b.requests - a.requests || a.name.localeCompare(b.name, "en")
  );
  return (
    <Table
      label="Requests by country"
      class="plain fits"
      isTall
      rows={sorted}
      keyOf={({ country_code }) => country_code}
      columns={[
        {
          header: "Country",
          isRowHeader: true,
          sort: {
            href: sortHref("name"),
            order: sort === "name" ? "ascending" : undefined,
          },
          cell: (row) => <a href={link(row)}>{row.name}</a>,
        },
        {
          header: "Requests",
          class: "number",
          sort: {
            href: sortHref("requests"),
            order: sort === "requests" ? "descending" : undefined,
          },
          cell: ({ requests }) => <Num value={requests} />,
        },
        {
          header: "Share",
          class: "number",
          cell: ({ requests }) => (
            <Num
              value={requests / Math.max(1, total)}
              options={{ style: "percent", maximumFractionDigits: 1 }}
            />
          ),
        },
      ]}
    />
  );
}
