import { assertEquals } from "@std/assert";
import { renderToString } from "preact-render-to-string";
import { SeriesTable } from "../../components/ui/series_table.tsx";

const BUCKET = {
  start: "2026-01-05T12:00:00.000Z",
  requests: 31,
  allowed: 12,
  errors: 2,
  limited: 3,
  challenged: 7,
  blocked: 9,
};

Deno.test("SeriesTable: each way a request can end has its column, and together they are all requests", () => {
  const html = renderToString(
    <SeriesTable series={[BUCKET]} by="hour" filters={{}} />,
  );
  const headers = [...html.matchAll(/<th[^>]*scope="col"[^>]*>([^<]*)/g)];
  assertEquals(headers.map(([, text]) => text), [
    "Hour (UTC)",
    "Requests",
    "allowed",
    "server errors",
    "limited",
    "challenged",
    "blocked",
  ]);
  const cells = [...html.matchAll(/<td[^>]*>([^<]*)/g)]
    .map(([, text]) => Number(text));
  assertEquals(cells, [31, 10, 2, 3, 7, 9]);
  const [requests, ...parts] = cells;
  assertEquals(parts.reduce((sum, part) => sum + part), requests);
});
