import type { LogFormat } from "../format.ts";

/** The logger of Go's chi. */
export const chi: LogFormat = {
  name: "chi",
  about: "the logger of Go's chi",
  source: "https://pkg.go.dev/github.com/go-chi/chi/v5/middleware#Logger",
  layout: {
    pattern:
      /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?:\[[^\]]*\] )?"(?<request>(?:[^"\\]|\\.)*)" from (?<peer>\S+) - (?<status>\d{3}) \d+B(?: in (?<ms>\S+))?$/,
  },
  sample:
    `2025/05/17 10:05:03 [web1/abc-000001] "GET http://www.example.org/ HTTP/1.1" from 192.0.2.10:41822 - 200 5120B in 12.103ms`,
};
