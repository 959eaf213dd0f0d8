import type { LogFormat } from "../format.ts";

/** The line of Gin's own example of a custom format, whose quotes do not match. */
export const ginCustom: LogFormat = {
  name: "gin-custom",
  about: "Gin's example of a custom format",
  source: "https://gin-gonic.com/en/docs/examples/custom-log-format/",
  layout: {
    pattern:
      /^(?<peer>[\da-f.:]{3,45}) - \[(?<time>[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [A-Z+\d-]{3,5})\] "(?<method>[A-Z]{3,16}) (?<target>\S+) HTTP\/\d(?:\.\d)? (?<status>\d{3}) (?<ms>\S{2,24}) "(?<agent>.*?)" /,
  },
  sample:
    `192.0.2.10 - [Sat, 17 May 2025 10:05:03 UTC] "GET / HTTP/1.1 200 122.767µs "curl/8.13.0" "`,
};
