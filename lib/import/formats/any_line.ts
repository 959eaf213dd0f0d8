import type { LogFormat } from "../format.ts";

/** Words of a line, recognised by their content. */
export const anyLine: LogFormat = {
  name: "any-line",
  about: "a time, an address, method, target and status among other words",
  source: "docs/import.md",
  layout: { by: "any_line" },
  sample: `2025/05/17 10:05:03 | 200 |   12.345ms | 192.0.2.10 | GET | / | -`,
};
