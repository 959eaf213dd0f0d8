import type { LogFormat } from "../format.ts";

/** Matrix' Synapse. */
export const synapse: LogFormat = {
  name: "synapse",
  about: "Matrix' Synapse",
  source:
    "https://element-hq.github.io/synapse/latest/usage/administration/request_log.html",
  layout: {
    pattern:
      /^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) - synapse\.access\.\S+ - \d+ - INFO - \S+ - (?<peer>\S+) - \S+ - \{(?<user>[^}]*)\} Processed request: (?<s>\d+\.\d+)sec\/.*?\) \S+B (?<status>\d{3})!? "(?<request>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)" \[/,
  },
  sample:
    `2025-05-17 10:05:03,127 - synapse.access.http.8008 - 460 - INFO - GET-1 - 192.0.2.10 - 8008 - {@ada:example.org} Processed request: 0.012sec/0.000sec (0.001sec, 0.000sec) (0.001sec/0.002sec/2) 512B 200 "GET /_matrix/client/v3/sync HTTP/1.1" "curl/8.13.0" [0 dbevts]`,
};
