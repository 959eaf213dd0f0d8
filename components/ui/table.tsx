import type { ComponentChildren, JSX } from "preact";
import { Scroll } from "./scroll.tsx";

/** One column of a {@linkcode Table}. */
export interface Column<Row> {
  header: ComponentChildren;
  cell: (row: Row) => ComponentChildren;
  class?: string;
  /** Whether its cells are row headers. */
  isRowHeader?: boolean;
  /** Whether the header is for screen readers only, as for buttons. */
  isHeaderHidden?: boolean;
  /** The link of the header for another order, and the current order. */
  sort?: { href: string; order?: "ascending" | "descending" };
  /**
   * Its layout on a phone, where a row is a block of lines: a line with its header, a line without,
   * a part of the first line, or hidden.
   *
   * @default {"line"}
   */
  narrow?: "line" | "bare" | "first" | "none";
}

/** The props of {@linkcode Table}. */
export interface TableProps<Row> {
  /** The label of the scrollable region. */
  label: string;
  columns: readonly (Column<Row> | false | null)[];
  rows: readonly Row[];
  /** @default the row's index */
  keyOf?: (row: Row) => string | null;
  /** The address of a row: `o` opens its page, `b` blocks it. */
  subjectOf?: (row: Row) => string | undefined;
  class?: string;
  /** Whether its height is limited. */
  isTall?: boolean;
}

/** A table from column definitions: order, headers, sorting and the layout on a phone. */
export function Table<Row>(
  { label, columns: given, rows, keyOf, subjectOf, class: style, isTall }:
    TableProps<Row>,
) {
  const columns = given.filter((column) => !!column) as Column<Row>[];
  // Tables that fold on a phone lose their roles there, so they state them; others need not.
  const folds = style === undefined;
  const role = (name: JSX.AriaRole) => folds ? name : undefined;
  return (
    <Scroll label={label} isTall={isTall}>
      <table class={style ?? "folds"} role={role("table")}>
        <thead role={role("rowgroup")}>
          <tr role={role("row")}>
            {columns.map((column, at) => (
              <th
                key={at}
                role={role("columnheader")}
                scope="col"
                class={column.class?.includes("number") ? "number" : undefined}
                aria-sort={column.sort?.order}
              >
                <Header {...column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={role("rowgroup")}>
          {rows.map((row, at) => (
            <tr
              key={keyOf?.(row) ?? at}
              role={role("row")}
              data-row={subjectOf?.(row) ?? (folds ? "" : undefined)}
            >
              {columns.map((column, at) => cellOf(column, row, at, folds))}
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

/** Not a component: Fresh adds markers for each one with a key, in every cell of the page. */
function cellOf<Row>(
  { header, cell, isRowHeader, narrow = "line", class: style }: Column<Row>,
  row: Row,
  key: number,
  folds: boolean,
) {
  const shared = {
    class: style,
    ...(folds && {
      role: isRowHeader ? "rowheader" as const : "cell" as const,
      "data-narrow": narrow,
      "data-label": narrow === "line" && typeof header === "string"
        ? header
        : undefined,
    }),
  };
  const content = cell(row);
  return isRowHeader
    ? <th key={key} scope="row" {...shared}>{content}</th>
    : <td key={key} {...shared}>{content}</td>;
}
