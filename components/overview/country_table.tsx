import { wordParam } from "../../lib/http/list_query.ts";
import { Num } from "../ui/number.tsx";

/** A country and how many requests came from there. */
export interface CountryRow {
  name: string;
  /** ISO 3166-1 alpha-2. */
  country_code: string;
  requests: number;
}

/** Which way the table is sorted. */
export type CountrySort = "name" | "requests";

/** `sort` of an address: by requests unless the name is asked for. */
export function countrySort(params: URLSearchParams): CountrySort {
  return wordParam(params, "sort", ["requests", "name"]);
}

/** The numbers of the map; sorted on the server. */
export function CountryTable(
  { rows, total, sort, sortHref, link }: {
    rows: CountryRow[];
    /** All requests, those without a country included. */
    total: number;
    sort: CountrySort;
    sortHref: (sort: CountrySort) => string;
    link: (row: CountryRow) => string;
  },
) {
  if (rows.length === 0) {
    return (
      <p class="empty">
        No request's country is known: private addresses have none, and none is
        looked up where GEO_PROVIDER is off.
      </p>
    );
  }
  const sorted = rows.toSorted((a, b) =>
    sort === "name"
      ? a.name.localeCompare(b.name, "en")
      : b.requests - a.requests || a.name.localeCompare(b.name, "en")
  );
  return (
    <div
      class="scroll tall"
      tabIndex={0}
      role="region"
      aria-label="Requests by country"
    >
      <table>
        <thead>
          <tr>
            <th
              scope="col"
              aria-sort={sort === "name" ? "ascending" : undefined}
            >
              <SortLink href={sortHref("name")} on={sort === "name"} mark="▲">
                Country
              </SortLink>
            </th>
            <th
              scope="col"
              class="number"
              aria-sort={sort === "requests" ? "descending" : undefined}
            >
              <SortLink
                href={sortHref("requests")}
                on={sort === "requests"}
                mark="▼"
              >
                Requests
              </SortLink>
            </th>
            <th scope="col" class="number">Share</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={row.country_code}>
              <th scope="row">
                <a href={link(row)}>{row.name}</a>
              </th>
              <td class="number">
                <Num value={row.requests} />
              </td>
              <td class="number">
                <Num
                  value={row.requests / Math.max(1, total)}
                  options={{ style: "percent", maximumFractionDigits: 1 }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SortLink(
  { href, on, mark, children }: {
    href: string;
    on: boolean;
    mark: string;
    children: string;
  },
) {
  return (
    <a class="sort" href={href} aria-current="false">
      {children}
      <span aria-hidden="true">{on ? ` ${mark}` : " ↕"}</span>
    </a>
  );
}
