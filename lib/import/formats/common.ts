import type { LogFormat } from "../format.ts";

/** The common log format, the oldest. */
export const common: LogFormat = {
  name: "common",
  about: "the common log format: no referrer, no user agent",
  source: "https://httpd.apache.org/docs/2.4/logs.html#common",
  layout: { definition: '%h %l %u %t "%r" %>s %b' },
  sample:
    `192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5120`,
};
