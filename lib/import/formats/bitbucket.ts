import type { LogFormat } from "../format.ts";

const ID = String.raw`@?[\w*]{1,64}`;

/** Bitbucket Data Center and Server; longer requests have a line at their start, too. */
export const bitbucket: LogFormat = {
  name: "bitbucket",
  about: "Bitbucket's access log",
  source:
    "https://confluence.atlassian.com/bitbucketserverkb/how-to-read-the-bitbucket-data-center-log-formats-779171668.html",
  layout: {
    // Hops before a proxy come before it, as in the header.
    pattern: new RegExp(
      `^(?<forwarded>[^|]{1,400}?) \\| https? \\| o?${ID} \\| (?<user>[^|]{1,128}?) \\| (?<time>[\\d-]{10} [\\d:]{8},\\d{3}) \\| "(?<request>(?:[^"\\\\]|\\\\.)*)" \\| "(?<referrer>(?:[^"\\\\]|\\\\.)*)" "(?<agent>(?:[^"\\\\]|\\\\.)*)" \\| (?<status>\\d{3}) \\| [^|]{0,40} \\| [^|]{0,40} \\| [^|]{0,200} \\| (?<ms>\\d{1,10}|-) \\|`,
    ),
    beside: new RegExp(
      `^[^|]{1,400} \\| (?:https? \\| i|ssh \\| [io]?)${ID} \\| `,
    ),
  },
  sample:
    `192.0.2.10 | https | i@1F2A3BCx605x1234x0 | - | 2025-05-17 10:05:03,092 | "GET / HTTP/1.1" | "" "curl/8.13.0" | - | - | - | - | - | - |
192.0.2.10 | https | o@1F2A3BCx605x1234x0 | - | 2025-05-17 10:05:03,127 | "GET / HTTP/1.1" | "" "curl/8.13.0" | 200 | 0 | 5120 | - | 35 | 1k2j3h |`,
};
