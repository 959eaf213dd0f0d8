import type { LogFormat } from "../format.ts";

const FRONT = String
  .raw`^ ?HTTP {2}(?<time>\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d\d:\d\d [AP]M) (?=(?<key>\S+))(?<peer>[\da-f.:]{2,45})`;

/** The static server `serve`: a line for the request, one for the answer. */
export const serve: LogFormat = {
  name: "serve",
  about: "the static server serve, a request in two lines",
  source: "https://github.com/vercel/serve",
  layout: {
    lines: {
      begins: new RegExp(`${FRONT} (?<method>[A-Z]{3,16}) (?<target>\\S+)$`),
      ends: [{
        pattern: new RegExp(
          `${FRONT} Returned (?<status>\\d{3}) in (?<ms>\\d{1,9}) ms$`,
        ),
      }],
      beside: /^ ?(?:INFO|WARNING|ERROR) {2}\S/,
    },
  },
  sample: ` HTTP  5/17/2025 10:05:03 AM 192.0.2.10 GET /
 HTTP  5/17/2025 10:05:03 AM 192.0.2.10 Returned 200 in 12 ms`,
};
