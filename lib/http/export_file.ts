import { wordParam } from "./list_query.ts";

const TYPES = {
  csv: "text/csv; charset=utf-8",
  json: "application/json",
} as const;

/** The formats in which a list can be exported. */
export type ExportFormat = keyof typeof TYPES;

/**
 * Responds with a list as a file, named after the list and the day, in the query's `format`. For
 * HEAD the file is not built.
 *
 * @throws {Refusal} 400 for another format.
 */
export function exportFile(
  request: Request,
  name: string,
  now: number,
  body: (format: ExportFormat) => BodyInit,
): Response {
  const format = wordParam(new URL(request.url).searchParams, "format", [
    "csv",
    "json",
  ]);
  const day = new Date(now).toISOString().slice(0, 10);
  const headers = {
    "content-type": TYPES[format],
    "content-disposition": `attachment; filename="${name}-${day}.${format}"`,
    "cache-control": "no-store",
  };
  return new Response(request.method === "HEAD" ? null : body(format), {
    headers,
  });
}
