import type { LogFormat } from "../format.ts";

/** Fields of a line, recognised by their content. */
export const anyClf: LogFormat = {
  name: "any-clf",
  about: "the family of the common log format, fields recognised by their form",
  source: "docs/import.md",
  layout: { by: "clf" },
  sample:
    `192.0.2.10 www.example.org - [17/May/2025:12:05:03 +0200] "GET / HTTP/1.1" 200 5120 "-" "curl/8.13.0" rt=0.012`,
};
