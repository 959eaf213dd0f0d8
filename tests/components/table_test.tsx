import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderToString } from "preact-render-to-string";
import { Table } from "../../components/ui/table.tsx";

const ROWS = [{ name: "<b>ann</b>", requests: 3 }, {
  name: "bob",
  requests: 1,
}];

Deno.test("Table: columns are data, cells are escaped, and each says its header on a phone", () => {
  const html = renderToString(
    <Table
      label="People"
      rows={ROWS}
      subjectOf={({ name }) => name}
      columns={[
        {
          header: "Name",
          isRowHeader: true,
          narrow: "first",
          cell: ({ name }) => name,
        },
        false,
        {
          header: "Requests",
          class: "number",
          sort: { href: "?sort=requests", order: "descending" },
          cell: ({ requests }) => requests,
        },
        {
          header: "Actions",
          isHeaderHidden: true,
          cell: () => <button type="button" />,
        },
      ]}
    />,
  );
  assertStringIncludes(html, 'aria-label="People"');
  assertStringIncludes(html, "&lt;b>ann&lt;/b>");
  assertEquals(html.match(/scope="col"/g)?.length, 3);
  assertEquals(html.match(/scope="row"/g)?.length, 2);
  assertStringIncludes(html, 'aria-sort="descending"');
  assertStringIncludes(html, 'href="?sort=requests"');
  assertStringIncludes(html, 'data-label="Requests">3</td>');
  assertStringIncludes(html, '<span class="visually-hidden">Actions</span>');
  assertStringIncludes(html, 'data-row="bob"');
});

Deno.test("Table: a column without a word for its header has no label to say", () => {
  const html = renderToString(
    <Table
      label="Top"
      rows={ROWS}
      columns={[{ header: <h2>Top</h2>, cell: ({ name }) => name }]}
    />,
  );
  assertEquals(html.includes("data-label"), false);
});
