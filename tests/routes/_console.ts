import { assertEquals } from "@std/assert";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import type { TestApp } from "../_app.ts";
import { record } from "../log/_records.ts";

/** Client input that pages display; none of it may be executed or rendered as markup. */
export const HOSTILE =
  `"'><img src=x onerror=alert(1)><script>alert(2)</script>`;

/** Stores records; times are relative to the app's clock, in milliseconds. */
export async function log(
  app: TestApp,
  ...records: (Partial<RequestRecord> & { ago?: number })[]
): Promise<void> {
  for (const { ago = 1_000, ...fields } of records) {
    app.services.log.append(
      record({ timestamp: app.clock.now - ago, ...fields }),
    );
  }
  await app.services.log.flush();
}

/** A page's HTML, for an admin. */
export async function see(
  app: TestApp,
  path: string,
  cookie: string,
  status = 200,
): Promise<string> {
  const response = await app.fetch(path, { cookie });
  const html = await response.text();
  assertEquals(response.status, status, html.slice(0, 2_000));
  return html;
}

/** The texts of a table's column in a page, by its number from 0, without markup. */
export function column(html: string, region: string, at: number): string[] {
  const start = html.indexOf(`aria-label="${region}"`);
  const table = html.slice(start, html.indexOf("</table>", start));
  const body = table.slice(table.indexOf("<tbody"));
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row]) => {
    const cells = [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)];
    return (cells[at]?.[1] ?? "").replaceAll(/<[^>]*>/g, "").trim();
  });
}
