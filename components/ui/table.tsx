import type { ComponentChildren } from "preact";
import { Scroll } from "./scroll.tsx";

/** One column of a {@linkcode Table}. */
export interface Column<Row> {
  header: ComponentChildren;
  cell: (row: Row) => ComponentChildren;
  class?: string;
  /** Whether its cells name their rows. */
  isRowHeader?: boolean;
  /** Whether only screen readers are told the header, as of buttons. */
  isHeaderHidden?: boolean;
  /** Where the header leads for another order, and the order that it has now. */
  sort?: { href: string; order?: "ascending" | "descending" };
  /**
   * What becomes of it on a phone, where a row is a block of lines: a line with its header, a line
   * without, a part of the first line, or nothing.
   *
   * @default {"line"}
   */
  narrow?: "line" | "bare" | "first" | "none";
}

/** What {@linkcode Table} shows. */
export interface TableProps<Row> {
  /** What it is, for the region that scrolls. */
  label: string;
  columns: readonly (Column<Row> | false | null)[];
  rows: readonly Row[];
  /** @default the row's place */
  keyOf?: (row: Row) => string | null;
  /** What a row is about: `j`, `k`, `x` and `o` go by it. */
  subjectOf?: (row: Row) => string | undefined;
  class?: string;
  /** Whether it scrolls within a height. */
  isTall?: boolean;
}

/** A table from columns as data: order, headers, sorting and what is left of it on a phone. */
export function Table<Row>(
  { label, columns: given, rows, keyOf, subjectOf, class: style, isTall }:
    TableProps<Row>,
) {
  const columns = given.filter((column) => !!column) as Column<Row>[];
  return (
    <Scroll label={label} isTall={isTall}>
      <table class={style ?? "folds"} role="table">
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column, at) => (
              <th
                key={at}
                role="columnheader"
                scope="col"
                class={column.class?.includes("number") ? "number" : undefined}
                aria-sort={column.sort?.order}
              >
                <Header {...column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, at) => (
            <tr
              key={keyOf?.(row) ?? at}
              role="row"
              data-row={subjectOf?.(row)}
            >
              {columns.map((column, at) => (
                <Cell key={at} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Header<Row>({ header, isHeaderHidden, sort }: Column<Row>) {
  if (isHeaderHidden) return <span class="visually-hidden">{header}</span>;
  if (!sort) return <>{header}</>;
  const mark = sort.order === "ascending"
    ? " ▲"
    : sort.order === "descending"
    ? " ▼"
    : " ↕";
  return (
    <a class="sort" href={sort.href} aria-current="false">
      {header}
      <span aria-hidden="true">{mark}</span>
    </a>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const { header, cell, isRowHeader, narrow = "line", class: style } = column;
  const shared = {
    class: style,
    "data-narrow": narrow,
    "data-label": narrow === "line" && typeof header === "string"
      ? header
      : undefined,
  };
  const content = cell(row);
  return isRowHeader
    ? <th scope="row" role="rowheader" {...shared}>{content}</th>
    : <td role="cell" {...shared}>{content}</td>;
}
