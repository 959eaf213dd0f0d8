import { wordParam } from "./list_query.ts";

const TYPES = {
  csv: "text/csv; charset=utf-8",
  json: "application/json",
} as const;

/** What a list can be exported as. */
export type ExportFormat = keyof typeof TYPES;

/**
 * Answers with a list as a file that is named after it and the day: as `format` of the query says,
 * and to HEAD without making the file.
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
