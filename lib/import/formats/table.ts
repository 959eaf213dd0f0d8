import type { LogFormat } from "../format.ts";

/** A table whose first line has the column names. */
export const table: LogFormat = {
  name: "table",
  about: "a table with a line of names: CSV, TSV, Zeek's http.log",
  source: "docs/import.md",
  layout: { by: "table" },
  sample: `timestamp,client_ip,method,path,status,user_agent
2025-05-17T10:05:03Z,192.0.2.10,GET,/,200,"curl/8.13.0, or not"`,
};
